import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { Answers } from '../../app/answers/ask.ts';
import { namedImages } from '../../app/answers/images.ts';
import { likeliest, type LikelyClass } from '../../app/answers/likeliest.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import { csv } from '../../common/csv.ts';
import { count, percent } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { findRun, parseFilled } from '../terminal/parse.ts';
import { reading, watching } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

interface PredictOptions extends GlobalOptions {
  readonly csv?: boolean;
}

/** Images that one process is asked about; it holds their answers until it ends. */
const AT_ONCE = 1000;

/** `transplant predict` asks a trained network about images. */
export function addPredictCommand(predict: Command, surroundings: Surroundings): void {
  predict
    .argument(
      '<network>',
      'STUDY/NAME such as 3f2a/A3B+ or the key of a training, or a network in a file',
      parseFilled('NETWORK'),
    )
    .argument('<path...>', 'images, and folders of them')
    .option('--csv', 'print comma-separated values: file, class, and the probability of every class')
    .addHelpText(
      'after',
      '\nWith --json each image is a line {"file", "class", "probabilities"}. An image that has the size of the network\'s input already is taken as it is; others are resized.\n\nExamples:\n  transplant predict 3f2a/A3B+ photos/\n  transplant predict birds-A3B+.onnx one.jpg two.png --json',
    )
    .action(async (network: string, paths: string[], _options: object, command: Command) =>
      predictAll(network, paths, command.optsWithGlobals(), surroundings),
    );
}

async function predictAll(
  reference: string,
  paths: readonly string[],
  options: PredictOptions,
  surroundings: Surroundings,
): Promise<void> {
  const network = await networkNamed(reference, options, surroundings);
  const show = new AnswerPrinter(options, surroundings);
  await watching(surroundings, options, async ({ signal, note }) => {
    const { files, problems } = await namedImages(paths, signal);
    const leftOut = (list: Answers['problems']) =>
      list.forEach(({ file, reason }) => note(`${file} is left out: ${reason}.`));
    leftOut(problems);
    for (let from = 0; from < files.length; from += AT_ONCE) {
      if (from > 0) note(`${count(from)} of ${count(files.length)} images are done.`);
      const images = files.slice(from, from + AT_ONCE);
      const answers = await runTask({ type: 'ask', network, images, threads: availableParallelism() }, { signal });
      if (from === 0) answers.notes.forEach(note);
      leftOut(answers.problems);
      show.add(answers);
    }
  });
  show.end();
}

async function networkNamed(reference: string, options: PredictOptions, surroundings: Surroundings) {
  if (existsSync(reference)) return { file: reference };
  const look = (application: Parameters<typeof findRun>[0]) => {
    return { home: application.home, run: findRun(application, reference).record.key };
  };
  return reading(surroundings, options, look);
}

const share = ({ name, probability }: LikelyClass): string => `${name} ${percent(probability)}`;

/** Prints answers in the form that was asked for; a table when all are there. */
class AnswerPrinter {
  readonly #options: PredictOptions;
  readonly #surroundings: Surroundings;
  readonly #rows: string[][] = [];
  #answered = 0;

  constructor(options: PredictOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
  }

  add({ classes, answers }: Answers): void {
    const { json, csv: asCsv } = this.#options;
    if (asCsv && this.#answered === 0 && answers.length > 0) this.#printRow(['file', 'class', ...classes]);
    for (const answer of answers) {
      const { file, probabilities } = answer;
      const [best, ...others] = likeliest(classes, probabilities);
      if (json) {
        const named = Object.fromEntries(classes.map((name, place) => [name, probabilities[place]]));
        printJson(this.#surroundings, { file, class: best.name, probabilities: named });
      } else if (asCsv) this.#printRow([file, best.name, ...probabilities]);
      else this.#rows.push([file, best.name, percent(best.probability), others.map(share).join(', ')]);
    }
    this.#answered += answers.length;
  }

  /** A terminal's line ends with a line feed alone. */
  #printRow(row: readonly (string | number)[]): void {
    print(this.#surroundings, csv([row]).trimEnd());
  }

  /** Throws a UserError where not one image could be read. */
  end(): void {
    if (this.#answered === 0) throw new UserError('There is no image to ask about: name images or folders of them.');
    const { json, csv: asCsv } = this.#options;
    if (!json && !asCsv)
      print(this.#surroundings, table(['image', 'class', 'probability', 'else'], this.#rows, [0, 1, 3]));
  }
}
