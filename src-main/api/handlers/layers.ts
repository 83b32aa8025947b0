import type { Desk } from '../../app/desk.ts';
import { storedRun } from '../../app/first-layer.ts';
import { describeLayers } from '../../app/layers/describe.ts';
import { excitingImages, KEPT } from '../../app/layers/exciting.ts';
import { halfOf, halvesOf } from '../../app/layers/halves.ts';
import type { LookedAt, LookProgress } from '../../app/layers/look.ts';
import { numberOrNull } from '../../app/layers/number-or-null.ts';
import type { Waiting } from '../../app/layers/shared-work.ts';
import { checkUnits } from '../../app/layers/units.ts';
import { readableLayers } from '../../app/layers/weights.ts';
import { placeOf } from '../../app/place.ts';
import { presentImages } from '../../app/stored-study.ts';
import { readParts } from '../../data/pictures.ts';
import { UserError } from '../../errors.ts';
import { fieldSize } from '../../network/receptive-field.ts';
import { ASKED } from '../../units/selectivity.ts';
import { blobOf } from '../blobs.ts';
import { api } from '../implement.ts';
import { withProgress } from '../progress.ts';

interface Training {
  readonly run: string;
  readonly study?: string;
}

export const layerHandlers = {
  describe: api.layers.describe.handler(({ context: { desk }, input }) => {
    const { application } = desk;
    const run = storedRun(application, input.run);
    const label = placeOf(application.store, input.run, input.study)?.run.name ?? 'This training';
    let readable = 0;
    const problem = problemOf(() => (readable = readableLayers(application, run, label).highest));
    const imagesProblem = problemOf(() => presentImages(application, run.identity.data));
    const layers = describeLayers(application, run, input.study);
    return { layers, inputSize: run.network.spec.inputSize, readable, problem, imagesProblem };
  }),
  look: api.layers.look.handler(async function* ({ context: { desk }, input, signal }) {
    yield* withProgress(async (onProgress: (progress: ReturnType<typeof progressOf>) => void) => {
      const looked = await lookOf(desk, input, signal, (progress) => onProgress(progressOf(progress)));
      return lookView(looked);
    });
  }),
  units: api.layers.units.handler(async ({ context: { desk }, input, signal }) => {
    const { units, tops } = layerOf(await lookOf(desk, input, signal), input.n);
    return {
      units: units.map(({ state, share, ofA, ...unit }, place) => {
        return {
          ...unit,
          state,
          share: numberOrNull(share),
          ofA: numberOrNull(ofA),
          response: numberOrNull(tops.responses[place * tops.most]),
        };
      }),
    };
  }),
  patches: api.layers.patches.handler(async ({ context: { desk }, input, signal }) => {
    const run = storedRun(desk.application, input.run);
    const { tops } = layerOf(await lookOf(desk, input, signal), input.n);
    checkUnits(tops.units, input.n, input.units);
    const { set } = desk.sets.get(desk.application, run.identity.data);
    const side = fieldSize(run.network, input.n);
    const size = Math.min(side, input.size);
    const parts = input.units.flatMap((unit) => {
      const found = excitingImages(set, run, tops, unit, input.each);
      return Array.from({ length: input.each }, (_, place) =>
        found[place] ? { image: found[place].image, ...found[place].frame } : undefined,
      );
    });
    return { size, pixels: blobOf(readParts(set, parts, side, size)) };
  }),
  exciting: api.layers.exciting.handler(async ({ context: { desk }, input, signal }) => {
    const { application } = desk;
    const run = storedRun(application, input.run);
    const looked = await lookOf(desk, input, signal);
    const { tops } = layerOf(looked, input.n);
    checkUnits(tops.units, input.n, [input.unit]);
    const { set } = desk.sets.get(application, run.identity.data);
    const halves = halvesOf(application, placeOf(application.store, input.run, input.study));
    return {
      set: set.index.id,
      size: set.index.size,
      among: looked.among,
      images: excitingImages(set, run, tops, input.unit, KEPT).map(({ frame: _, ...image }) => {
        return { ...image, half: halfOf(halves, image.class) ?? null };
      }),
    };
  }),
  draw: api.layers.draw.handler(async function* ({ context: { desk }, input, signal }) {
    const drawn = withProgress((onProgress: (progress: LookProgress) => void) =>
      wishesOf(desk, input, { signal, onProgress }),
    );
    // Events can't have binary data, so only progress is sent; the pictures are asked for by `wishes`.
    for await (const event of drawn) if ('done' in event) yield progressOf(event);
  }),
  wishes: api.layers.wishes.handler(async ({ context: { desk }, input, signal }) => {
    const { step, onMean, window, pictures } = await wishesOf(desk, input, { signal });
    return {
      ...{ step, onMean, rows: window.rows, columns: window.columns },
      pixels: blobOf(Buffer.concat(pictures.map(({ picture }) => picture))),
      responses: pictures.map(({ response }) => response),
    };
  }),
};

const progressOf = ({ done, total }: LookProgress) => ({ type: 'progress' as const, done, total });

const lookOf = (
  desk: Desk,
  { run, study }: Training,
  signal?: AbortSignal,
  onProgress?: (progress: LookProgress) => void,
): Promise<LookedAt> =>
  desk.looks.of(desk.application, storedRun(desk.application, run), study, { signal, onProgress });

const wishesOf = (
  { application, looks }: Desk,
  { run, n, units, seeds }: Training & { readonly n: number; readonly units: number[]; readonly seeds: number },
  waiting: Waiting<LookProgress>,
) => looks.wishes(application, storedRun(application, run), { n, units, seeds }, waiting);

function layerOf({ layers }: LookedAt, n: number) {
  const layer = layers.find(({ tops }) => tops.n === n);
  if (!layer)
    throw new UserError(`Layer ${n} can't be looked at: the network has no such layer, or its weights are not here.`);
  return layer;
}

function lookView({ step, set, among, chance, layers }: LookedAt) {
  return {
    ...{ type: 'look' as const, step, set, among, asked: ASKED },
    chance: { share: chance.share, ofA: numberOrNull(chance.ofA) },
    layers: layers.map(({ tops: { n }, units, share, ofA }) => {
      const count = (state: string) => units.filter((unit) => unit.state === state).length;
      return {
        n,
        share: numberOrNull(share),
        ofA: numberOrNull(ofA),
        silent: count('silent'),
        constant: count('constant'),
      };
    }),
  };
}

/** The message of the UserError that a function throws; null if it throws none. */
function problemOf(ask: () => unknown): string | null {
  try {
    ask();
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
