import type { HeldOutAnswers } from '../common/results/accuracy.ts';

/** Labels, or answers, as bytes: one for each image where all are below 256, else two, little-endian. */
export function classBytes(classes: Uint16Array): Buffer {
  if (classes.every((label) => label < 256)) return Buffer.from(classes);
  const bytes = Buffer.alloc(2 * classes.length);
  classes.forEach((label, image) => bytes.writeUInt16LE(label, 2 * image));
  return bytes;
}

/** The classes of so many images; undefined where the bytes are not of so many. */
export function classesIn(bytes: Uint8Array, images: number): Uint16Array | undefined {
  if (bytes.length === images) return Uint16Array.from(bytes);
  if (bytes.length !== 2 * images) return undefined;
  return Uint16Array.from({ length: images }, (_, image) => bytes[2 * image] | (bytes[2 * image + 1] << 8));
}

/** Answers as text: of the labels and of the answers the bytes in base64. */
export type AnswerText = readonly [labels: string, answers: string];

export const answerText = ({ labels, answers }: HeldOutAnswers): [labels: string, answers: string] => [
  classBytes(labels).toString('base64'),
  classBytes(answers).toString('base64'),
];

/**
 * The answers in a text, which may come from anywhere; undefined where they are not of so many images, not of so many classes,
 * or not as many of them right as is said.
 */
export function answersIn(
  [labels, answers]: AnswerText,
  expected: { readonly correct: number; readonly total: number; readonly classes: number },
): HeldOutAnswers | undefined {
  const [given, said] = [labels, answers].map((text) => classesIn(Buffer.from(text, 'base64'), expected.total));
  if (!given || !said || [given, said].some((of) => of.some((label) => label >= expected.classes))) return undefined;
  const correct = given.reduce((sum, label, image) => sum + Number(label === said[image]), 0);
  return correct === expected.correct ? { labels: given, answers: said } : undefined;
}
