import type { Verdict } from '../../src-main/common/results/statements.ts';

/** A sign for each verdict, so that they can be told apart without colour; the words stand beside it. */
export const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = {
  supported: '✓',
  'not supported': '✗',
  'not enough runs': '?',
  'not tested': '–',
};
