import { expect, it } from 'vitest';
import {
  distanceClaims,
  guessingClaims,
  heldOutClaims,
  intervalClaims,
  isKept,
  powerClaims,
  sequentialClaims,
  variantClaims,
  verdictClaims,
} from '../../../tools/simulate/claims.ts';

/** What 2,000 studies of each tell is in claims.long.test.ts and `node tools/simulate/claims.ts`. */
const STUDIES = 400;

it.each([
  [1, 5],
  [2, 1],
  [2, 5],
  [3, 2],
  [10, 3],
])('95%% intervals of %i splits x %i seeds hold the truth as often as they say', (splits, seeds) => {
  // Seeds that count as if they were splits cover 81% at 2 x 5.
  for (const claim of intervalClaims(STUDIES, { splits, seeds })) expect(claim).toSatisfy(isKept);
});

it('one replicate is compared image by image, by intervals and tests that are right as often as they say', () => {
  for (const claim of [...heldOutClaims(STUDIES), ...guessingClaims(STUDIES)]) expect(claim).toSatisfy(isKept);
});

it('verdicts over seeds of several splits are wrong no more often than they say', () => {
  const layout = { splits: 3, seeds: 4 };
  const claims = [...verdictClaims(STUDIES, layout), ...variantClaims(STUDIES, layout)];
  for (const claim of claims) expect(claim).toSatisfy(isKept);
});

it('a study that goes on until it is clear is wrong no more often, although it is looked at ten times', () => {
  for (const claim of sequentialClaims(STUDIES / 2)) expect(claim).toSatisfy(isKept);
  // Looked at as if each time were the only one, it is wrong far more often than one in forty.
  expect(sequentialClaims(STUDIES / 2, { naive: true }).some((claim) => !isKept(claim))).toBe(true);
}, 180_000);

it.each([
  [3, 1, 5],
  [4, 1, 1],
  [3, 5, 1],
])(
  '%i random splits x %i seeds against %i seeds of a chosen one tell the distance of tasks',
  (splits, seeds, chosen) => {
    // As independent values they are wrong in 7 to 11%.
    for (const claim of distanceClaims(STUDIES, { splits, seeds }, chosen)) expect(claim).toSatisfy(isKept);
  },
);

it('a power that is told is found', () => {
  expect(powerClaims(STUDIES, { splits: 5, seeds: 1 }, 1.5)).toSatisfy(isKept);
});
