import { z } from 'zod';

/** A place that exactly one value crosses, where a network can be chopped (network/cuts.ts finds them). */
export const cutSchema = z.object({
  /** Layers 1..n are below it. */
  n: z.int(),
  /** The layer or block below it: `conv1`, `layer2.0`. */
  name: z.string(),
  /** Whether it ends a stage, or a block within one. */
  level: z.enum(['stage', 'block']),
});
export type Cut = Readonly<z.infer<typeof cutSchema>>;

/** The n of cuts that end a stage. */
export const stagesOf = (cuts: readonly Cut[]): number[] =>
  cuts.filter(({ level }) => level === 'stage').map(({ n }) => n);

/**
 * The n that a study tries unless others are chosen: those of its preset, or of a network with more cuts than the preset
 * knows the stages, as many of them as the preset takes of its own.
 *
 * @param most the largest n that is possible
 */
export function offeredLayers(preset: readonly number[], cuts: readonly Cut[], most = cuts.length): number[] {
  const known = Math.max(...preset);
  if (cuts.length <= known) return preset.filter((n) => n <= most);
  const stages = stagesOf(cuts).filter((n) => n <= most);
  // A preset of 1, 4 and 7 takes some of its network's cuts only, from the first to the last.
  const last = Math.max(1, preset.length - 1);
  if (preset.length === known || stages.length <= preset.length) return stages;
  return preset.map((_, place) => stages[Math.round((place * (stages.length - 1)) / last)]);
}

/** Whether names say more of a network's cuts than their numbers, as `conv1` to `fc7` don't. */
export const areNamed = (cuts: readonly Cut[]): boolean =>
  cuts.some(({ n, name }) => name !== `conv${n}` && name !== `fc${n}`);

/**
 * The name of a cut where names say more than numbers; undefined for a base, whose n is 0. Above all cuts is the last layer,
 * which a file's network has of its own.
 */
export function nameAt(cuts: readonly Cut[], n: number): string | undefined {
  if (!areNamed(cuts)) return undefined;
  return n > cuts.length ? 'own head' : cuts.find((cut) => cut.n === n)?.name;
}

/** `5 (layer2.0)`, or `5` where a name says no more. */
export function withName(cuts: readonly Cut[], n: number): string {
  const name = nameAt(cuts, n);
  return name === undefined ? String(n) : `${n} (${name})`;
}

/** Whether each layer n is one weight layer, as in the paper, so that n means the same. @param types of all layers */
export const countsWeightLayers = (types: readonly string[], depth: number): boolean => weighted(types) === depth;

const weighted = (types: readonly string[]): number =>
  types.filter((type) => type === 'conv' || type === 'dense').length;

/** `8 weight layers`, or `22 weight layers, 10 cuts` where a block holds several. @param types of all layers */
export function depthWords(types: readonly string[], depth: number): string {
  return countsWeightLayers(types, depth)
    ? `${depth} weight layers`
    : `${weighted(types)} weight layers, ${depth - 1} cuts`;
}
