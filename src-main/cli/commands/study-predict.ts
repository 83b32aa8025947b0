import type { Command } from 'commander';
import { percentDone } from '../../common/numbers.ts';
import { predictionView, type PredictionView } from '../../study/prediction/prediction-view.ts';
import { UserError } from '../../errors.ts';
import { findStudy, parseFilled } from '../terminal/parse.ts';
import { reading, working } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

/** `transplant study predict` shows what could have been known before anything was trained on the target. */
export function addStudyPredictCommand(study: Command, surroundings: Surroundings): void {
  study
    .command('predict')
    .description(
      'compare cheap predictors of transferability (LEEP, LogME, probes, CKA ...) with what a study measured',
    )
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .addHelpText(
      'after',
      '\nResults are stored, and shown at once the next time.\n\nExample:\n  transplant study predict 3f2a',
    )
    .action(async (id: string, _options: object, command: Command) =>
      predict(id, command.optsWithGlobals(), surroundings),
    );
}

async function predict(id: string, options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  const look = (application: Parameters<typeof findStudy>[0]) => {
    const study = findStudy(application, id);
    return { study, view: predictionView(application.store, study.id) };
  };
  let { study, view } = await reading(surroundings, options, look);
  let problem: UserError | undefined;
  if (view.waiting > 0)
    ({ study, view } = await working(surroundings, options, async (application, { signal, note }) => {
      let last = '';
      const onProgress = ({ fraction, doing }: { fraction: number; doing: string }) => {
        if (doing === last) return;
        last = doing;
        if (options.json) printJson(surroundings, { type: 'predict-progress', fraction, doing });
        else note(`${percentDone(fraction)}: ${doing}`);
      };
      try {
        await application.predictStudy(study.id, { signal, onProgress });
      } catch (error) {
        // The error is about one transfer; the others are still shown.
        if (!(error instanceof UserError)) throw error;
        problem = error;
      }
      return look(application);
    }));
  if (options.json) printJson(surroundings, { type: 'prediction', study: study.id, ...jsonOf(view) });
  else if (view.measured > 0) print(surroundings, textOf(view));
  for (const sentence of view.problems) if (!options.json && view.measured > 0) print(surroundings, `\n${sentence}`);
  if (problem) throw problem;
  if (view.transfers === 0) throw new UserError(view.problems[0] ?? NO_TRANSFER);
  if (view.measured === 0) throw new UserError(view.problems[0]);
}

const NO_TRANSFER =
  'There is nothing to predict here: this study has no transfer (AnB or AnB+) from a base that it trained itself. Run one with --treatments AnB and without a pretrained file.';

const jsonOf = ({ tables: _tables, chart: _chart, ...view }: PredictionView) => view;

function textOf({ findings, tables }: PredictionView): string {
  const drawn = tables.map(({ title, head, rows, caption }) => {
    // Only the first line of a cell is shown here.
    const flat = rows.map((row) => row.map((cell) => cell.split('\n')[0]));
    return `${title}\n\n${table([...head], flat)}\n\n${caption}`;
  });
  return [findings.join('\n'), ...drawn].join('\n\n');
}
