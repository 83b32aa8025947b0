import { dominantComponent } from '../../src-main/filters/colour.ts';
import { type FittedFilter, fitBank } from '../../src-main/filters/fit/bank-fit.ts';
import { calibrate, type Calibration } from '../../src-main/filters/fit/calibration.ts';
import { modelsOf } from '../../src-main/filters/fit/classes.ts';
import { searchBank } from '../../src-main/filters/fit/search.ts';
import type { Tensor } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';

/**
 * Banks of filters of which the kind is known, with noise added, and what the classes make of them. The shapes are
 * written here anew, not taken from the functions that are fitted.
 */

/** x to the right and y upwards, pixels from the middle. */
type Shape = (x: number, y: number) => number;

const wave = (random: RandomStream, size: number, least: number, most: number): Shape => {
  const [angle, phase] = [Math.PI * random.uniform(), 2 * Math.PI * random.uniform()];
  const frequency = (least + (most - least) * random.uniform()) / size;
  return (x, y) => Math.cos(2 * Math.PI * frequency * (y * Math.cos(angle) - x * Math.sin(angle)) + phase);
};

const round = (random: RandomStream, size: number, least: number, most: number): Shape => {
  const width = size * (least + (most - least) * random.uniform());
  const [right, up] = [random.uniform() - 0.5, random.uniform() - 0.5];
  return (x, y) => Math.exp(-((x - right) ** 2 + (y - up) ** 2) / (2 * width * width));
};

function gabor(random: RandomStream, size: number): Shape {
  const [stripes, envelope] = [wave(random, size, 1.2, 2.2), round(random, size, 0.18, 0.28)];
  return (x, y) => stripes(x, y) * envelope(x, y);
}

function edge(random: RandomStream, size: number): Shape {
  const [angle, off, soft] = [2 * Math.PI * random.uniform(), random.uniform() - 0.5, 0.5 + random.uniform()];
  const envelope = round(random, size, 0.25, 0.45);
  return (x, y) => Math.tanh((y * Math.cos(angle) - x * Math.sin(angle) - off) / soft) * envelope(x, y);
}

function plaid(random: RandomStream, size: number): Shape {
  const waves = [wave(random, size, 1.2, size / 2 - 0.4), wave(random, size, 1.2, size / 2 - 0.4)];
  return (x, y) => waves[0](x, y) + waves[1](x, y);
}

function checkerboard(random: RandomStream, size: number): Shape {
  const side = 1 + random.integer(Math.max(1, Math.floor(size / 3)));
  const [right, down] = [random.integer(side), random.integer(side)];
  const middle = (size - 1) / 2;
  return (x, y) =>
    (Math.floor((x + middle + right) / side) + Math.floor((middle - y + down) / side)) % 2 === 0 ? 1 : -1;
}

/** Each kind, how it is drawn, and the names that are right for it. */
const DRAWN = {
  gabor: { draw: gabor, right: ['gabor'], kinds: ['gabor'] },
  edge: { draw: edge, right: ['edge'], kinds: ['edge'] },
  blob: { draw: (random, size) => round(random, size, 0.12, 0.24), right: ['grey blob'], kinds: ['blob'] },
  grating: {
    draw: (random, size) => wave(random, size, 1.2, size / 2 - 0.4),
    right: ['grating'],
    kinds: ['grating', 'gabor', 'plaid'],
  },
  plaid: { draw: plaid, right: ['plaid'], kinds: ['plaid'] },
  checkerboard: { draw: checkerboard, right: ['checkerboard'], kinds: ['checkerboard', 'grating', 'plaid'] },
  'colour-opponent': {
    draw: (random, size) => round(random, size, 0.12, 0.24),
    right: ['colour blob'],
    kinds: ['blob'],
  },
} as const satisfies Record<
  string,
  { draw: (random: RandomStream, size: number) => Shape; right: readonly string[]; kinds: readonly string[] }
>;
type Kind = keyof typeof DRAWN;
export const KINDS = Object.keys(DRAWN) as Kind[];

interface Bank {
  readonly clean: Tensor;
  readonly noisy: Tensor;
  /** Variance of the noise of each weight, by filter. */
  readonly variances: readonly number[];
}

/** A bank of one kind in red, green and blue. `noise` is its share of the energy, 0 to 1. */
function bankOf(kind: Kind, size: number, noise: number, filters: number, seed: string): Bank {
  const random = new RandomStream(seed, kind, size, noise);
  const middle = (size - 1) / 2;
  const area = size * size;
  const data = new Float32Array(filters * 3 * area);
  for (let filter = 0; filter < filters; filter++) {
    const shape = DRAWN[kind].draw(random, size);
    const hue = 2 * Math.PI * random.uniform();
    for (let channel = 0; channel < 3; channel++) {
      const colour = kind === 'colour-opponent' ? Math.cos(hue - (2 * Math.PI * channel) / 3) : 1;
      for (let pixel = 0; pixel < area; pixel++)
        data[(filter * 3 + channel) * area + pixel] =
          colour * shape((pixel % size) - middle, middle - Math.floor(pixel / size));
    }
  }
  const clean: Tensor = { shape: [filters, 3, size, size], data };
  const variances = Array.from({ length: filters }, (_, filter) => {
    const weights = data.subarray(filter * 3 * area, (filter + 1) * 3 * area);
    const energy = weights.reduce((sum, value) => sum + value * value, 0) / weights.length;
    return (energy * noise) / (1 - noise);
  });
  const noisy = data.map(
    (value, place) => value + Math.sqrt(variances[Math.floor(place / (3 * area))]) * random.gaussian(),
  );
  return { clean, noisy: { shape: clean.shape, data: noisy }, variances };
}

/**
 * Whether an expert who knows the shape and the noise could tell the kind: whatever other function comes closest to the
 * shape without noise differs from it by at least 5 standard errors, counting its further numbers as BIC does.
 */
function tellable(kind: Kind, { clean, variances }: Bank): boolean[] {
  return searchBank(clean).map((found, filter) => {
    const { plane } = dominantComponent(clean, filter);
    const energy = plane.values.reduce((sum, value) => sum + value * value, 0);
    const pixels = plane.values.length;
    const variance = Math.max(variances[filter], (1e-3 * energy) / pixels);
    const models = modelsOf(plane, found);
    const kinds: readonly string[] = DRAWN[kind].kinds;
    const own = Math.min(...models.filter((model) => kinds.includes(model.kind)).map(({ parameters }) => parameters));
    return models
      .filter((model) => !kinds.includes(model.kind))
      .every(
        ({ explained, parameters }) =>
          pixels - parameters > 1 &&
          ((1 - explained) * energy) / variance + (parameters - own) * Math.log(pixels) >= 25,
      );
  });
}

export interface Confusion {
  readonly kind: Kind | 'white noise';
  readonly size: number;
  readonly noise: number;
  /** Shares of the classes. */
  readonly classes: ReadonlyMap<string, number>;
  /** Share of filters whose kind an expert could tell, and among them of those that got it; of the others, wrong ones. */
  readonly tellable: number;
  readonly right: number;
  readonly wrong: number;
  readonly filters: number;
}

type Classify = (bank: Tensor, calibration: Calibration) => readonly Pick<FittedFilter, 'class'>[];

/** What becomes of so many filters of a kind. */
export function confusionOf(
  kind: Kind,
  size: number,
  noise: number,
  filters: number,
  classify: Classify = fitBank,
  calibration: Calibration = calibrate([3, size, size]),
  seed = 'drawn filters',
): Confusion {
  const bank = bankOf(kind, size, noise, filters, seed);
  const names = classify(bank.noisy, calibration).map((fit) => fit.class);
  const right: readonly string[] = DRAWN[kind].right;
  const told = tellable(kind, bank);
  const among = (places: readonly number[], is: (name: string) => boolean) =>
    places.length === 0 ? NaN : places.filter((place) => is(names[place])).length / places.length;
  const all = names.map((_, place) => place);
  const classes = new Map(
    [...Map.groupBy(names, (name) => name)].map(([name, of]) => [name, of.length / filters] as const),
  );
  return {
    ...{ kind, size, noise, classes, filters },
    tellable: told.filter(Boolean).length / filters,
    right: among(
      all.filter((place) => told[place]),
      (name) => right.includes(name),
    ),
    wrong: among(all, (name) => !right.includes(name) && name !== 'unclear' && name !== 'noise'),
  };
}

if (import.meta.main) {
  const NOISES = [0, 0.2, 0.5];
  const filters = Number(process.argv[2] ?? 100);
  // Another version of the classes can be told from the same banks: the folder of its sources.
  const other = process.argv[3];
  const from = async <Module>(file: string) =>
    (await import(`${other ?? '../../src-main'}/filters/fit/${file}`)) as Module;
  const { fitBank: classify } = await from<{ fitBank: Classify }>('bank-fit.ts');
  const { calibrate: calibrated } = await from<{ calibrate: typeof calibrate }>('calibration.ts');
  console.log('| size | noise % | drawn | expert tells % | right of these % | wrong of all % | classes % |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const inPercent = (share: number) => (Number.isNaN(share) ? '–' : (100 * share).toFixed(0));
  for (const size of [3, 5, 7, 11])
    for (const noise of NOISES)
      for (const kind of KINDS) {
        const one = confusionOf(kind, size, noise, filters, classify, calibrated([3, size, size]));
        const classes = [...one.classes]
          .sort((a, b) => b[1] - a[1])
          .map(([name, share]) => `${name} ${inPercent(share)}`);
        const numbers = [one.tellable, one.right, one.wrong].map(inPercent).join(' | ');
        console.log(`| ${size} | ${100 * noise} | ${kind} | ${numbers} | ${classes.join(', ')} |`);
      }
}
