import { expect, it } from 'vitest';
import { allClaims, isKept } from '../../../tools/simulate/claims.ts';

it('every interval and verdict is right as often as it says, in 2,000 studies of each layout', () => {
  expect(allClaims(2000).filter((claim) => !isKept(claim))).toEqual([]);
}, 1_200_000);
