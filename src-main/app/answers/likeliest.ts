import type { Answered } from './ask.ts';

export interface LikelyClass {
  readonly name: string;
  readonly probability: number;
}

/** The most probable classes of an answer, falling; of equal ones the first. */
export function likeliest(
  classes: readonly string[],
  probabilities: Answered['probabilities'],
  most = 3,
): LikelyClass[] {
  return [...probabilities.keys()]
    .sort((a, b) => probabilities[b] - probabilities[a])
    .slice(0, most)
    .map((place) => ({ name: classes[place], probability: probabilities[place] }));
}
