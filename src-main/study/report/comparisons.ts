import type { Comparison } from '../../common/results/effects.ts';
import { differences } from '../effects.ts';
import { paperCurve, readPaperRuns } from '../paper.ts';
import { curveName, type Half } from '../../common/treatments/treatments.ts';
import type { Analysis } from './analysis.ts';
import type { StudyReport } from './study-report.ts';

/** The treatments of the paper's Figure 2. */
const COMPARED = ['selffer', 'selffer+', 'transfer', 'transfer+'] as const;

/** The paper's random halves are the counterpart of random halves only. */
export function comparisonsOf(target: Half, report: StudyReport, { results, pooling }: Analysis): Comparison[] {
  if (report.protocol.split.kind !== 'random' || report.protocol.pretrained) return [];
  const runs = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
  const paper = readPaperRuns();
  return COMPARED.map((kind) => ({
    kind,
    name: curveName({ kind, target }),
    own: differences(runs, kind, 'base'),
    paper: paperCurve(kind, paper),
  })).filter(({ own }) => own.length > 0);
}
