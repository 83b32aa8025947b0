import { counted, percent, percentRange } from '../../common/numbers.ts';
import { hasLearnt } from '../statements/study-answer.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Analysis } from './analysis.ts';

/** A title, and what the numbers say, in one or two sentences. */
export interface Finding {
  readonly title: string;
  readonly text: string;
}

/** How well the bases do, of each half that is trained on: what every statement is measured against. */
export function baseFindings(analysis: Analysis): Finding[] {
  const several = analysis.targets.length > 1;
  return analysis.targets.map((target) => ({
    title: several ? `Base networks (trained on ${target})` : 'Base networks',
    text: baseSentence(analysis, target),
  }));
}

function baseSentence({ curves, chance, results, pooling }: Analysis, target: Half): string {
  const base = curves.find((curve) => curve.kind === 'base' && curve.target === target);
  if (!base) return 'No base network finished: there is nothing to compare with yet.';
  const [point] = base.points;
  const learnt = results
    .filter((run) => run.kind === 'base' && (pooling.directions === 'pooled' || run.target === target))
    .every((run) => hasLearnt(run, chance));
  const accuracy = `${percent(point.accuracy)} of held-out images right (95% interval ${percentRange(point.interval)}%, ${counted(point.runs, 'run')})`;
  return learnt
    ? `${base.name} gets ${accuracy}; guessing would get ${percent(chance[target])}.`
    : `${base.name} gets ${accuracy}, which can't be told from guessing (${percent(chance[target])}). It hasn't learnt enough for the curves to mean anything; train longer or on more images.`;
}
