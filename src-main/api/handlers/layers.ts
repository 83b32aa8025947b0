import { checkUnits, describeLayers, halfOf, halvesOf, numberOrNull } from '../../app/layers/describe.ts';
import { excitingImages, KEPT } from '../../app/layers/exciting.ts';
import type { LookedAt, LookProgress } from '../../app/layers/look.ts';
import type { Waiting } from '../../app/layers/looks.ts';
import { readableLayers } from '../../app/layers/weights.ts';
import { placeInStudy, storedRun, type StoredRun } from '../../app/stored/run.ts';
import { presentImages } from '../../app/stored/study.ts';
import type { Workspace } from '../../app/workspace/workspace.ts';
import { readParts } from '../../data/pictures.ts';
import { imagesFor } from '../../data/resampled.ts';
import { UserError } from '../../errors.ts';
import { fieldSize } from '../../network/receptive-field.ts';
import { ASKED } from '../../units/selectivity.ts';
import { api, blobOf } from '../implement.ts';

interface Training {
  readonly run: string;
  readonly study?: string;
}

export const layerHandlers = {
  describe: api.layers.describe.handler(({ context: { workspace }, input }) => {
    const { application } = workspace;
    const run = storedRun(application, input.run);
    const label = placeInStudy(application.store, input.run, input.study)?.run.name ?? 'This training';
    let readable = 0;
    const problem = problemOf(() => (readable = readableLayers(application, run, label).highest));
    const imagesProblem = problemOf(() => presentImages(application, run.identity.data));
    const layers = describeLayers(application, run, input.study);
    return { layers, inputSize: run.network.spec.inputSize, readable, problem, imagesProblem };
  }),
  look: api.layers.look.handler(async function* ({ context: { workspace }, input, signal }) {
    yield* withProgress(async (onProgress: (progress: ReturnType<typeof progressOf>) => void) => {
      const looked = await lookOf(workspace, input, signal, (progress) => onProgress(progressOf(progress)));
      return lookView(looked);
    });
  }),
  units: api.layers.units.handler(async ({ context: { workspace }, input, signal }) => {
    const { units, tops } = layerOf(await lookOf(workspace, input, signal), input.n);
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
  patches: api.layers.patches.handler(async ({ context: { workspace }, input, signal }) => {
    const run = storedRun(workspace.application, input.run);
    const { tops } = layerOf(await lookOf(workspace, input, signal), input.n);
    checkUnits(tops.units, input.n, input.units);
    const set = imagesOf(workspace, run);
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
  exciting: api.layers.exciting.handler(async ({ context: { workspace }, input, signal }) => {
    const { application } = workspace;
    const run = storedRun(application, input.run);
    const looked = await lookOf(workspace, input, signal);
    const { tops } = layerOf(looked, input.n);
    checkUnits(tops.units, input.n, [input.unit]);
    const set = imagesOf(workspace, run);
    const halves = halvesOf(application, placeInStudy(application.store, input.run, input.study));
    return {
      set: set.index.id,
      size: set.index.size,
      among: looked.among,
      images: excitingImages(set, run, tops, input.unit, KEPT).map(({ frame: _, ...image }) => {
        return { ...image, half: halfOf(halves, image.class) ?? null };
      }),
    };
  }),
  draw: api.layers.draw.handler(async function* ({ context: { workspace }, input, signal }) {
    const drawn = withProgress((onProgress: (progress: LookProgress) => void) =>
      wishesOf(workspace, input, { signal, onProgress }),
    );
    // Events can't have binary data, so only progress is sent; the pictures are asked for by `wishes`.
    for await (const event of drawn) if ('done' in event) yield progressOf(event);
  }),
  wishes: api.layers.wishes.handler(async ({ context: { workspace }, input, signal }) => {
    const { step, onMean, window, pictures } = await wishesOf(workspace, input, { signal });
    return {
      ...{ step, onMean, rows: window.rows, columns: window.columns },
      pixels: blobOf(Buffer.concat(pictures.map(({ picture }) => picture))),
      responses: pictures.map(({ response }) => response),
    };
  }),
};

/** The images as a training's network reads them. */
const imagesOf = (workspace: Workspace, { identity, network }: StoredRun) =>
  imagesFor(workspace.sets.get(workspace.application, identity.data).set, network.spec);

const progressOf = ({ done, total }: LookProgress) => ({ type: 'progress' as const, done, total });

const lookOf = (
  workspace: Workspace,
  { run, study }: Training,
  signal?: AbortSignal,
  onProgress?: (progress: LookProgress) => void,
): Promise<LookedAt> =>
  workspace.looks.of(workspace.application, storedRun(workspace.application, run), study, { signal, onProgress });

const wishesOf = (
  { application, looks }: Workspace,
  { run, n, units, seeds }: Training & { readonly n: number; readonly units: number[]; readonly seeds: number },
  waiting: Waiting<LookProgress>,
) => looks.preferredInputs(application, storedRun(application, run), { n, units, seeds }, waiting);

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

/** Runs work as a stream: it yields the latest progress each time it is asked, and then the result. */
async function* withProgress<Progress, Result>(
  begin: (onProgress: (progress: Progress) => void) => Promise<Result>,
): AsyncGenerator<Progress | Result, void, void> {
  let latest: { readonly progress: Progress } | undefined;
  let changed = Promise.withResolvers<void>();
  const work = begin((progress) => {
    latest = { progress };
    changed.resolve();
  });
  const done = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([done, changed.promise.then(() => false)]))) {
    changed = Promise.withResolvers();
    if (latest) yield latest.progress;
  }
  yield await work;
}
