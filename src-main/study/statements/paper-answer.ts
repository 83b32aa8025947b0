import { signed, signedRange } from '../../common/numbers.ts';
import type { PaperAnswer } from '../../common/results/statements.ts';
import { readPaperRuns } from '../results/paper.ts';
import type { Evidence } from './evidence.ts';
import { judge, type Judged } from './judge.ts';
import { layerList } from './wording.ts';

/**
 * The paper's answers by statement. Random halves are compared with its random splits, chosen ones with its natural
 * and man-made halves.
 */
export function paperAnswer(near: boolean): Map<string, PaperAnswer> {
  return new Map(
    judge([paperEvidence(near)]).map((judged) => [
      judged.statement.id,
      {
        verdict: judged.verdict,
        text: paperSentence(judged),
        points: judged.effect?.points ?? null,
        byLayer: judged.byLayer.map(({ n, points, interval }) => ({ n, points, interval })),
      },
    ]),
  );
}

/**
 * The authors' published logs as evidence. The networks with random layers were trained on all classes, so they are a
 * replicate of their own.
 */
export function paperEvidence(near: boolean): Evidence {
  const { random, dissimilar, untrained } = readPaperRuns();
  const unitOf = (replicate: number) => replicate;
  const distant = [...dissimilar, ...untrained.map((run) => ({ ...run, replicate: 1 }))];
  return {
    target: 'B',
    depth: 8,
    learnt: true,
    own: near ? { results: random, unitOf, unit: 'split' } : { results: dissimilar, unitOf, unit: 'seed' },
    near: { results: random, unitOf, unit: 'split' },
    distant: { results: distant, unitOf, unit: 'seed' },
  };
}

function paperSentence({ effect, layers, verdict }: Judged): string {
  if (!effect) return 'The logs that the paper’s authors published have no pairs of networks for this statement.';
  const where = `${signed(effect.points)} points over ${layerList(layers, [])}`;
  const says = effect.test ? `by the same test ${verdict}` : 'one network for each, too few for this test';
  return `The paper’s networks (ImageNet): ${where} (95% interval ${signedRange(effect.interval)}); ${says}.`;
}
