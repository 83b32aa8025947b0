import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Application } from '../../app/application.ts';
import { checkUnits, describeLayers, numberOrNull } from '../../app/layers/describe.ts';
import { type ExcitingImage, excitingImages, KEPT } from '../../app/layers/exciting.ts';
import type { LookedAt, LookedLayer } from '../../app/layers/look.ts';
import { storedRun, type StoredRun } from '../../app/stored/run.ts';
import { presentImages } from '../../app/stored/study.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import type { DescribedLayer } from '../../common/contract/layers.ts';
import { count, percent } from '../../common/numbers.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { openImageSet } from '../../data/packed/open.ts';
import { readParts } from '../../data/pictures.ts';
import { imagesFor } from '../../data/resampled.ts';
import { UserError } from '../../errors.ts';
import { fieldSize } from '../../network/receptive-field.ts';
import type { LayerTops } from '../../units/layer-tops.ts';
import { ASKED } from '../../units/selectivity.ts';
import { findRun, parseFilled, RUN_ARGUMENT, wholeNumber } from '../terminal/parse.ts';
import { reasonOf } from '../terminal/reasons.ts';
import { reading } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

interface LayersOptions extends GlobalOptions {
  readonly layer?: number;
  readonly unit?: number;
  readonly out?: string;
}

/** What is known about a training's layers before anything is printed. */
interface Looked {
  readonly application: Application;
  readonly run: StoredRun;
  readonly look: LookedAt;
  readonly described: readonly DescribedLayer[];
}

/** `transplant layers` says what excites the units of any layer of a training, and how specific they are. */
export function addLayersCommand(layers: Command, surroundings: Surroundings): void {
  layers
    .argument('<run>', RUN_ARGUMENT, parseFilled('RUN'))
    .option('--layer <n>', 'show the units of this layer', wholeNumber('--layer', 1, 200))
    .option('--unit <u>', 'show the images that excite this unit most, from 1', wholeNumber('--unit', 1, 65_536))
    .option('--out <folder>', 'write pictures of the unit into this folder, as PNG files', parseFilled('--out'))
    .addHelpText(
      'after',
      '\nExamples:\n  transplant layers 3f2a/baseA\n  transplant layers 3f2a/baseA --layer 5\n  transplant layers 3f2a/baseA --layer 5 --unit 12 --out pictures',
    )
    .action(async (reference: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<LayersOptions>();
      const { layer, unit, out } = options;
      if (unit !== undefined && layer === undefined)
        throw new UserError('--unit needs the layer of the unit: add --layer.', { usage: true });
      if (out !== undefined && unit === undefined)
        throw new UserError('--out needs the unit to draw: add --layer and --unit.', { usage: true });
      await reading(surroundings, options, async (application) => {
        const { record, study } = findRun(application, reference);
        const run = storedRun(application, record.key);
        const { home } = application;
        const look = await runTask({ type: 'look', home, run: record.key, study: study?.id });
        const looked = { application, run, look, described: describeLayers(application, run, study?.id) };
        if (layer === undefined) return printLayers(surroundings, looked, options);
        const found = look.layers.find(({ tops }) => tops.n === layer);
        checkUnits(found?.tops.units, layer, unit === undefined ? [] : [unit - 1]);
        if (unit === undefined) return printUnits(surroundings, looked, found!, options);
        await showUnit(surroundings, looked, found!, unit - 1, options);
      });
    });
}

function printLayers(surroundings: Surroundings, { look, described }: Looked, { json }: GlobalOptions): void {
  const rows = look.layers.map(({ tops: { n }, units, share, ofA }) => {
    const { name, type, window, origin, source } = described.find((one) => one.n === n)!;
    const of = (state: string) => units.filter((unit) => unit.state === state).length;
    const facts = {
      n,
      name,
      units: units.length,
      window,
      origin,
      source,
      silent: of('silent'),
      constant: of('constant'),
    };
    return { ...facts, type, share: numberOrNull(share), ofA: numberOrNull(ofA) };
  });
  if (json) {
    for (const { type: kind, ...row } of rows) printJson(surroundings, { type: 'layer', kind, ...row });
    const { step, set, among, chance } = look;
    printJson(surroundings, { type: 'layers-look', step, set, among, asked: ASKED, chance });
    return;
  }
  const head = ['n', 'layer', 'units', 'sees', 'from', 'same class', "A's classes", 'silent', 'constant'];
  const lines = rows.map(({ n, name, units, window, origin, source, share, ofA, silent, constant }) => [
    ...[String(n), name, count(units), `${window}x${window}`, source ? `${source}, ${origin}` : origin],
    ...[shareOf(share), shareOf(ofA), count(silent), count(constant)],
  ]);
  const { among, step, chance } = look;
  const chanceLine = ['', 'chance', '', '', '', shareOf(chance.share), shareOf(numberOrNull(chance.ofA)), '', ''];
  print(surroundings, table(head, [...lines, chanceLine], [1, 4]));
  print(
    surroundings,
    `\nStep ${count(step)}. Of ${count(among)} images of the study's classes, the ${ASKED} that excite a unit most: the share of their\nmost frequent class, and of A's classes; means over the units that respond. Chance is the share among random images.`,
  );
}

function printUnits(
  surroundings: Surroundings,
  { look }: Looked,
  { tops, units }: LookedLayer,
  { json }: GlobalOptions,
): void {
  const rows = units.map(({ state, class: name, share, ofA }, unit) => {
    const response = numberOrNull(tops.responses[unit * tops.most]);
    return { unit: unit + 1, state, class: name, share: numberOrNull(share), ofA: numberOrNull(ofA), response };
  });
  if (json) {
    for (const row of rows) printJson(surroundings, { type: 'unit', layer: tops.n, step: look.step, ...row });
    return;
  }
  const lines = rows.map(({ unit, state, class: name, share, ofA, response }) => [
    ...[String(unit), state, name, shareOf(share), shareOf(ofA), response?.toPrecision(4) ?? ''],
  ]);
  print(surroundings, table(['unit', 'state', 'class', 'share', "A's classes", 'best answer'], lines, [1, 2]));
}

async function showUnit(
  surroundings: Surroundings,
  { application, run, look }: Looked,
  layer: LookedLayer,
  unit: number,
  { json, out }: LayersOptions,
): Promise<void> {
  const { n } = layer.tops;
  const examples = unitExamples(application, run, layer.tops, unit);
  const files = out === undefined ? [] : await drawUnit(application, run, layer.tops, unit, out);
  const about = layer.units[unit];
  if (json) {
    for (const { frame: _, ...example } of examples)
      printJson(surroundings, { type: 'exciting-image', layer: n, unit: unit + 1, ...example });
    const numbers = { share: numberOrNull(about.share), ofA: numberOrNull(about.ofA) };
    printJson(surroundings, { type: 'unit', layer: n, step: look.step, unit: unit + 1, ...about, ...numbers, files });
    return;
  }
  const rows = examples.map(({ image, class: name, heldOut, response, window }) => [
    ...[String(image), name, heldOut ? 'held out' : 'training', response.toPrecision(4)],
    `${window.rows}x${window.columns} at ${window.top},${window.left}`,
  ]);
  print(surroundings, table(['image', 'class', 'part', 'answer', 'window'], rows, [1, 2, 4]));
  for (const file of files) print(surroundings, `Picture: ${file}`);
}

const shareOf = (share: number | null): string => (share === null ? '' : percent(share));

/** Visualisations of a unit, each from another seed. */
const SEEDS = 4;
/** Image parts beside each other. */
const ACROSS = 6;
/** Rows and columns of a picture, at least; smaller ones are enlarged. */
const VISIBLE = 64;

/** The images of a training's set, as its network reads them. */
function imagesOf({ home, store }: Application, { identity, network }: StoredRun): ImageSet {
  const folder = join(home, 'data', presentImages({ home, store }, identity.data).folder);
  return imagesFor(openImageSet(folder), network.spec);
}

/** The images that excite a unit most. */
function unitExamples(application: Application, run: StoredRun, tops: LayerTops, unit: number): ExcitingImage[] {
  const set = imagesOf(application, run);
  try {
    return excitingImages(set, run, tops, unit, KEPT);
  } finally {
    set.close();
  }
}

/**
 * Writes the image parts that excite a unit most as `layer5-unit12-images.png`, and visualisations of its feature as
 * `layer5-unit12-wishes.png`. Returns the paths. Throws a UserError if they can't be written.
 */
async function drawUnit(
  application: Application,
  run: StoredRun,
  tops: LayerTops,
  unit: number,
  folder: string,
): Promise<string[]> {
  const { n } = tops;
  const side = fieldSize(run.network, n);
  const set = imagesOf(application, run);
  let windows: Uint8Array;
  try {
    const parts = excitingImages(set, run, tops, unit, KEPT).map(({ image, frame }) => ({ image, ...frame }));
    windows = readParts(set, parts, side, side);
  } finally {
    set.close();
  }
  const { window, pictures } = await runTask({
    ...{ type: 'visualise', home: application.home, run: run.record.key, n, units: [unit], seeds: SEEDS },
  });
  const name = (what: string) => join(resolve(folder), `layer${n}-unit${unit + 1}-${what}.png`);
  const wishes = Buffer.concat(pictures.map(({ picture }) => picture));
  // This is loaded late, because only pictures need the image library.
  const { writeMosaicPng } = await import('../../filters/mosaic.ts');
  const { pictureMosaic } = await import('../../filters/mosaic.ts');
  const mosaic = (pixels: Uint8Array, rows: number, columns: number, across: number) =>
    pictureMosaic(pixels, rows, columns, { columns: across, scale: Math.max(1, Math.ceil(VISIBLE / rows)) });
  try {
    await mkdir(folder, { recursive: true });
    await writeMosaicPng(mosaic(windows, side, side, ACROSS), name('images'));
    await writeMosaicPng(mosaic(wishes, window.rows, window.columns, SEEDS), name('wishes'));
  } catch (error) {
    throw new UserError(`Can't write pictures to ${folder}: ${reasonOf(error)}. Choose another place with --out.`, {
      usage: true,
      cause: error,
    });
  }
  return [name('images'), name('wishes')];
}
