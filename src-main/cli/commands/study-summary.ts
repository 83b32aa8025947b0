import { areNamed, nameAt, type Cut } from '../../common/cuts.ts';
import { exampleTicks } from '../../common/charts/example-axis.ts';
import type { Home } from '../../app/opened-home.ts';
import { findStoredStudy } from '../../app/stored/study.ts';
import { inPercent, percentRange } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { Store, StudyRecord } from '../../store/records.ts';
import { findCompanion, storedExamples } from '../../study/results/companion.ts';
import { accuracyCurves, poolingOf, targetsOf } from '../../study/results/curves.ts';
import type { AccuracyCurve, AccuracyPoint, ExampleCurve } from '../../common/results/accuracy.ts';
import { allImages, exampleCurves, onAllImages } from '../../study/results/examples.ts';
import { planStudy } from '../../study/plan/plan.ts';
import { readIdentity } from '../../study/plan/run-record.ts';
import { readProtocol, type Protocol } from '../../study/plan/protocol.ts';
import { crossoverSentence } from '../../study/report/crossover-words.ts';
import { withMoreImages } from '../../study/advice/more-images.ts';
import { confusionOf } from '../../study/results/confusion.ts';
import { type Confusion, withoutMatrix } from '../../common/results/confusion.ts';
import { confusedPairsTable } from '../../study/report/confusion.ts';
import type { Advice } from '../../common/results/advice.ts';
import { adviceOf } from '../../study/advice/advice.ts';
import { chanceOf } from '../../study/results/chance.ts';
import type { IntervalSource } from '../../common/results/intervals.ts';
import type { Answer } from '../../common/results/statements.ts';
import { studyAnswers } from '../../study/statements/answer.ts';
import { VERDICT_WORDS } from '../../study/statements/wording.ts';
import { table } from '../terminal/surroundings.ts';

export interface StudySummary {
  readonly text: string;
  readonly json: {
    readonly study: string;
    readonly curves: readonly AccuracyCurve[];
    readonly examples: readonly ExampleCurve[];
    readonly answers: readonly Answer[];
    readonly advice: readonly Advice[];
    readonly confusions: readonly ReturnType<typeof withoutMatrix>[];
  };
}

/** The accuracies of a study so far, by n and treatment, and what they say about the paper's statements. */
export function studySummary(home: Home, study: StudyRecord): StudySummary {
  const { store } = home;
  const protocol = readProtocol(study);
  const finished = storedExamples(store, study.id);
  const results = onAllImages(finished);
  const pooling = poolingOf(protocol);
  const curves = accuracyCurves(results, pooling);
  const { cuts } = resolveNetwork(protocol.network, 2);
  const targets = targetsOf(curves);
  const companion = findCompanion(store, study.id, protocol);
  const images = results.length > 0 ? imagesOf(home, study, protocol) : undefined;
  const chance = images ? chanceOf(images.index, images.splits, protocol.sourceSet) : ofEqualClasses(store, study.id);
  const answers = studyAnswers({ protocol, results, pooling, targets, chance, companion });
  const examples =
    protocol.examples && images
      ? exampleCurves(finished, pooling, allImages(protocol, images.index, images.splits))
      : [];
  const advice = withMoreImages(adviceOf({ protocol, results, pooling, targets, chance, cuts }), examples);
  const confusions = advice.flatMap(({ target, choice }) => {
    const classesOf = (replicate: number) => images?.splits[replicate][target === 'A' ? 'a' : 'b'] ?? [];
    return images ? (confusionOf({ results, target, choice, classesOf }) ?? []) : [];
  });
  const text =
    results.length > 0
      ? [
          ...advice.map((one) => adviceText(one, targets.length > 1)),
          ...confusions.flatMap(confusionText),
          textOf(curves, cuts),
          ...examplesText(examples),
          ...answersText(answers, targets.length > 1),
        ].join('\n\n')
      : textOf([], cuts);
  return {
    text,
    json: { study: study.id, curves, examples, answers, advice, confusions: confusions.map(withoutMatrix) },
  };
}

/** The set that the study was planned for, and its halves; undefined where nothing is known of it any more. */
function imagesOf(home: Home, study: StudyRecord, protocol: Protocol) {
  try {
    const { index } = findStoredStudy(home, study.id);
    return { index, splits: planStudy(protocol, index).replicates.map(({ split }) => split) };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** One in so many classes; 0 for a half without a network, where it is not used. */
function ofEqualClasses(store: Store, study: string): Record<'A' | 'B', number> {
  const runs = store.studyRuns(study);
  const of = (half: 'A' | 'B') => {
    const run = runs.find(({ target }) => target === half);
    return run ? 1 / readIdentity(run.record).classes.length : 0;
  };
  return { A: of('A'), B: of('B') };
}

const adviceText = ({ target, sentence, reasons, moreImages }: Advice, several: boolean): string =>
  [
    `Advice${several ? `, trained on ${target}` : ''}: ${sentence}`,
    ...reasons,
    ...(moreImages ? [moreImages] : []),
  ].join('\n');

/** The classes that are confused most. */
function confusionText(confusion: Confusion): string[] {
  const { title, head, rows } = confusedPairsTable(confusion);
  return rows.length > 0 ? [`${title}\n\n${table([...head], rows.slice(0, 5), [1])}`] : [];
}

function examplesText(curves: readonly ExampleCurve[]): string[] {
  if (curves.length === 0) return [];
  const columns = exampleTicks(curves);
  const rows = curves.map(({ name, points }) => [
    name,
    ...columns.map(({ examples: k }) => cell(points.find(({ examples }) => examples === k))),
  ]);
  const lines = curves.filter(({ kind }) => kind !== 'base').map(crossoverSentence);
  const head = 'With few target examples: top-1 accuracy in % by training images of each target class';
  return [`${head}\n\n${table(['', ...columns.map(({ name }) => name)], rows)}\n\n${lines.join('\n')}`];
}

function answersText(answers: readonly Answer[], several: boolean): string[] {
  if (answers.length === 0) return [];
  const lines = answers.map(({ verdict, title, target, text }) => {
    return `${VERDICT_WORDS[verdict]}: ${title}${several ? ` (trained on ${target})` : ''}. ${text}`;
  });
  return [['What these networks say about the paper’s statements', ...lines].join('\n')];
}

function textOf(curves: readonly AccuracyCurve[], cuts: readonly Cut[]): string {
  if (curves.length === 0) return 'No training has finished yet.';
  // A half that nothing is transferred to has only a base, which is shown beside the other base.
  const studied = new Set(curves.filter(({ kind }) => kind !== 'base').map(({ target }) => target));
  const tables =
    studied.size < 2
      ? [tableOf(curves, cuts)]
      : [...studied].map((half) =>
          tableOf(
            curves.filter(({ target }) => target === half),
            cuts,
            curves,
          ),
        );
  const uneven = curves.some(({ points }) => points.some(({ balanced }) => balanced !== null));
  const beside = uneven ? '; in brackets balanced accuracy, as classes are of unequal size' : '';
  return [`Top-1 accuracy in %, ± 95% interval (${basisOf(curves).words})${beside}`, ...tables].join('\n\n');
}

/** A table with a row for each n and a column for each curve. The bases are at n = 0, as in the paper's figure 2. */
function tableOf(curves: readonly AccuracyCurve[], cuts: readonly Cut[], all = curves): string {
  const named = areNamed(cuts);
  const { mark } = basisOf(all);
  const layers = [...new Set(curves.flatMap(({ points }) => points.map(({ n }) => n)))].sort((a, b) => a - b);
  const rows = layers.map((n) => [
    String(n),
    ...(named ? [nameAt(cuts, n) ?? ''] : []),
    ...curves.map(({ points }) =>
      cell(
        points.find((point) => point.n === n),
        mark,
      ),
    ),
  ]);
  return table(['n', ...(named ? ['cut after'] : []), ...curves.map(({ name }) => name)], rows, named ? [1] : []);
}

/** `mark` tells intervals apart where a table has several kinds. */
function cell(
  point: Pick<AccuracyPoint, 'accuracy' | 'balanced' | 'interval' | 'how'> | undefined,
  mark: Mark = () => '',
): string {
  if (!point) return '';
  const { low, high } = point.interval;
  const ends = low <= 0 || high >= 1 ? ` (${percentRange({ low, high })})` : ` ±${inPercent((high - low) / 2)}`;
  const balanced = point.balanced === null ? '' : ` [${inPercent(point.balanced)}]`;
  return `${inPercent(point.accuracy)}${ends}${mark(point.how)}${balanced}`;
}

type Mark = (how: IntervalSource) => string;

/** What the intervals of a table are over, by the marks of its cells: `over 3 splits; *: of the held-out images`. */
function basisOf(curves: readonly AccuracyCurve[]): { words: string; mark: Mark } {
  const points = curves.flatMap((curve) => curve.points);
  const kinds = (['splits', 'seeds of one split', 'held-out images'] as const).flatMap((how) => {
    const units = points.filter((point) => point.how === how).map((point) => point.units);
    if (units.length === 0) return [];
    const [least, most] = [Math.min(...units), Math.max(...units)];
    const words =
      how === 'held-out images' ? 'of the held-out images' : `over ${least < most ? `${least} to ` : ''}${most} ${how}`;
    return [{ how, words: points.length > units.length || most > 1 ? words : `${words}, one replicate` }];
  });
  const mark: Mark = (how) => '*'.repeat(kinds.findIndex((kind) => kind.how === how));
  return { words: kinds.map(({ how, words }) => [mark(how), words].filter(Boolean).join(': ')).join('; '), mark };
}
