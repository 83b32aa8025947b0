import { uint8 } from '../../arrays.ts';
import type { Api } from '../../api.ts';
import type { Pictures } from '../../pictures.ts';

/** Pictures on the card of a set. */
export const COVER = 5;

/** Images of a few classes, from the first to the last. */
export async function coverOf(api: Api, set: string): Promise<Pictures> {
  const { byClass, size } = await api.images.details({ set });
  const count = Math.min(COVER, byClass.length);
  const classes = Array.from(
    { length: count },
    (_, index) => byClass[Math.floor((index * byClass.length) / count)].name,
  );
  const perClass = Math.ceil(COVER / count);
  const answer = await api.images.samples({ set, classes, perClass, size: Math.max(8, Math.min(64, size)) });
  return { size: answer.size, pixels: await uint8(answer.pixels) };
}
