import { counted, percent, percentRange } from '../../common/numbers.ts';
import type { Comparison, EffectPoint } from '../../common/results/effects.ts';
import { curveName, type Half, sortedKinds, type TreatmentKind } from '../../common/treatments/treatments.ts';
import { differences } from '../results/effects.ts';
import { comesFromElsewhere } from '../plan/protocol.ts';
import { paperCurve, readPaperRuns } from '../results/paper.ts';
import { notLearnt } from '../results/not-learnt.ts';
import type { Analysis } from './analysis.ts';
import type { StudyReport } from './study-report.ts';

/** The treatments of the paper's Figure 2. */
const COMPARED = ['selffer', 'selffer+', 'transfer', 'transfer+'] as const;

/** Compares only studies of random halves, as the paper's published differences are, and of networks whose n means the same. */
export function comparisonsOf(
  target: Half,
  report: StudyReport,
  { results, pooling, likePaper }: Analysis,
): Comparison[] {
  if (report.protocol.split.kind !== 'random' || comesFromElsewhere(report.protocol) || !likePaper) return [];
  const runs = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
  const paper = readPaperRuns();
  return COMPARED.map((kind) => ({
    kind,
    name: curveName({ kind, target }),
    own: differences(runs, kind, 'base', pooling.splitOf),
    paper: paperCurve(kind, paper),
  })).filter(({ own }) => own.length > 0);
}

/** A treatment as the difference from its base, in points of top-1 against n. */
export interface BaseDifference {
  readonly kind: TreatmentKind;
  /** `AnB` */
  readonly name: string;
  readonly target: Half;
  readonly points: EffectPoint[];
}

/** The differences of all treatments of a half, in the order of the curves; those without a complete pair are left out. */
export function baseDifferences(target: Half, { results, pooling }: Analysis): BaseDifference[] {
  const runs = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
  const kinds = sortedKinds(runs.flatMap(({ kind }) => (kind === 'base' ? [] : [kind])));
  return kinds
    .map((kind) => {
      return {
        kind,
        name: curveName({ kind, target }),
        target,
        points: differences(runs, kind, 'base', pooling.splitOf),
      };
    })
    .filter(({ points }) => points.length > 0);
}

/** A title, and what the numbers say, in one or two sentences. */
export interface Finding {
  readonly title: string;
  readonly text: string;
}

/** The accuracy of the bases of each half that is trained on, with which every treatment is compared. */
export function baseFindings(report: StudyReport, analysis: Analysis): Finding[] {
  const several = analysis.targets.length > 1;
  return analysis.targets.map((target) => ({
    title: several ? `Base networks (trained on ${target})` : 'Base networks',
    text: baseSentence(report, analysis, target),
  }));
}

function baseSentence({ protocol }: StudyReport, { curves, chance, results }: Analysis, target: Half): string {
  const base = curves.find((curve) => curve.kind === 'base' && curve.target === target);
  if (!base) return 'No base network has finished, so there is nothing to compare with yet.';
  const [point] = base.points;
  const why = notLearnt({ protocol, results, chance });
  const accuracy = `${percent(point.accuracy)} of held-out images right (95% interval ${percentRange(point.interval)}%, ${counted(point.runs, 'run')})`;
  return `${base.name} gets ${accuracy}; guessing would get ${percent(chance[target])}.${why ? ` ${why}` : ''}`;
}
