import { dominantComponent } from '../../src-main/filters/colour.ts';
import { type FittedFilter, fitBank } from '../../src-main/filters/fit/bank-fit.ts';
import { calibrate, type Calibration } from '../../src-main/filters/fit/calibration.ts';
import { modelsOf, THRESHOLDS } from '../../src-main/filters/fit/classes.ts';
import { type BankSearch, type FitParameters, searchBank } from '../../src-main/filters/fit/search.ts';
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
const KINDS = Object.keys(DRAWN) as Kind[];

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
 * By how much a judge who knows how strong the noise is has to find a function better than all others: as `THRESHOLDS.apart`, and
 * less, as a less careful judge would.
 */
const MARGINS = [THRESHOLDS.apart, 2] as const;
/** Standard errors that the shape without noise has to differ by from any other function. */
const STANDARD_ERRORS = 5;

/**
 * What an expert could tell who knows how strong the noise is.
 *
 * - `shape`: whatever other function comes closest to the shape without noise differs from it by at least 5 standard errors,
 *   counting its further numbers as BIC does.
 * - `margin`: of the functions fitted to the filter with its noise, by how much the right kind is better than all others, and than
 *   noise, by BIC with the true variance. Who knows less can't do better.
 */
function expert(kind: Kind, { clean, noisy, variances }: Bank, found: readonly FitParameters[]) {
  const kinds: readonly string[] = DRAWN[kind].kinds;
  const sharesOf = (bank: Tensor, filter: number, at: FitParameters) => {
    const { plane } = dominantComponent(bank, filter);
    const energy = plane.values.reduce((sum, value) => sum + value * value, 0);
    const pixels = plane.values.length;
    return { energy, pixels, models: modelsOf(plane, at) };
  };
  return searchBank(clean).map((ofShape, filter) => {
    const { energy, pixels, models } = sharesOf(clean, filter, ofShape);
    const variance = Math.max(variances[filter], (1e-3 * energy) / pixels);
    const own = Math.min(...models.filter((model) => kinds.includes(model.kind)).map(({ parameters }) => parameters));
    const shape = models
      .filter((model) => !kinds.includes(model.kind))
      .every(
        ({ explained, parameters }) =>
          pixels - parameters > 1 &&
          ((1 - explained) * energy) / variance + (parameters - own) * Math.log(pixels) >= STANDARD_ERRORS ** 2,
      );
    const seen = sharesOf(noisy, filter, found[filter]);
    const score = (of: (kind: string) => boolean, start = Infinity) =>
      seen.models
        .filter((model) => of(model.kind))
        .reduce(
          (least, { explained, parameters }) =>
            Math.min(least, ((1 - explained) * seen.energy) / variance + parameters * Math.log(pixels)),
          start,
        );
    const [right, other] = [
      score((name) => kinds.includes(name)),
      score((name) => !kinds.includes(name), seen.energy / variance),
    ];
    return { shape, margin: other - right };
  });
}

/** A way to name filters: that of this program, or of another version. */
interface Version {
  readonly fitBank: (
    bank: Tensor,
    calibration: Calibration,
    search?: BankSearch,
  ) => readonly Pick<FittedFilter, 'class'>[];
  readonly calibrate: typeof calibrate;
}

/** What becomes of filters of one kind. */
interface Confusion {
  /** Shares of filters whose kind an expert could tell by its shape, and also with this noise (`expert`). */
  readonly shape: number;
  readonly tellable: number;
  readonly named: readonly {
    /** Shares of the classes, the largest first. */
    readonly classes: readonly (readonly [name: string, share: number])[];
    /** Of those that an expert could tell the share that is named right; of all the share that is named wrong. */
    readonly right: number;
    readonly wrong: number;
    /** For each margin how many filters an expert could tell, and how many of these are named right and wrong; then by the judge alone. */
    readonly told: readonly {
      readonly margin: number;
      readonly filters: number;
      readonly right: number;
      readonly wrong: number;
    }[];
  }[];
}

/** Names that say nothing of a filter. */
const SILENT: readonly string[] = ['unclear', 'noise'];

/** What several versions make of the same filters. */
export function confusionOf(
  { kind, size, noise }: { kind: Kind; size: number; noise: number },
  filters: number,
  versions: readonly Version[],
  seed: string,
): Confusion {
  const bank = bankOf(kind, size, noise, filters, seed);
  const found = searchBank(bank.noisy);
  const right: readonly string[] = DRAWN[kind].right;
  const told = expert(kind, bank, found);
  const share = (of: readonly boolean[]) => of.filter(Boolean).length / of.length;
  return {
    shape: share(told.map(({ shape }) => shape)),
    tellable: share(told.map(({ shape, margin }) => shape && margin >= MARGINS[0])),
    named: versions.map((version) => {
      // Another version has a search of its own.
      const search = version.fitBank === fitBank ? () => found : undefined;
      const names = version.fitBank(bank.noisy, version.calibrate([3, size, size]), search).map((fit) => fit.class);
      const isWrong = (name: string) => !right.includes(name) && !SILENT.includes(name);
      const byMargin = [true, false].flatMap((byShape) =>
        MARGINS.map((least) => {
          const own = names.filter((_, at) => (told[at].shape || !byShape) && told[at].margin >= least);
          const [ofThese, other] = [own.filter((name) => right.includes(name)), own.filter(isWrong)];
          return { margin: least, filters: own.length, right: ofThese.length, wrong: other.length };
        }),
      );
      return {
        told: byMargin,
        classes: [...Map.groupBy(names, (name) => name)]
          .map(([name, of]) => [name, of.length / filters] as const)
          .sort((one, other) => other[1] - one[1]),
        right: byMargin[0].right / byMargin[0].filters,
        wrong: share(names.map(isWrong)),
      };
    }),
  };
}

if (import.meta.main) {
  // How many filters of each kind, the seed they are drawn by, sizes, and, to lay another version beside this one, its sources.
  const [filters, seed] = [Number(process.argv[2] ?? 100), process.argv[3] ?? 'drawn filters'];
  const [sizes, other] = [(process.argv[4] ?? '3,5,7,11').split(',').map(Number), process.argv[5]];
  const from = async (file: string) => (await import(`${other}/filters/fit/${file}`)) as Partial<Version>;
  const before =
    other === undefined ? [] : [{ ...(await from('bank-fit.ts')), ...(await from('calibration.ts')) } as Version];
  const versions = [...before, { fitBank, calibrate }];
  const head = [
    'size',
    'noise %',
    'drawn',
    'shape tells %',
    'expert tells %',
    'right of these %',
    'wrong of all %',
    ...MARGINS.map((margin) => `told by ${margin}: filters, right, wrong`),
    ...MARGINS.map((margin) => `by the judge alone, ${margin}: filters, right, wrong`),
    'named %',
  ];
  console.log(`| ${head.join(' | ')} |\n| ${head.map(() => '---').join(' | ')} |`);
  const inPercent = (share: number) => (Number.isNaN(share) ? '–' : (100 * share).toFixed(0));
  for (const size of sizes)
    for (const noise of [0, 0.2, 0.5])
      for (const kind of KINDS) {
        const { shape, tellable, named } = confusionOf({ kind, size, noise }, filters, versions, seed);
        const each = (of: (one: (typeof named)[number]) => number) =>
          named.map((one) => inPercent(of(one))).join(' → ');
        const cells = [
          size,
          100 * noise,
          kind,
          inPercent(shape),
          inPercent(tellable),
          each(({ right }) => right),
          each(({ wrong }) => wrong),
          ...named.at(-1)!.told.map(({ filters, right, wrong }) => `${filters}, ${right}, ${wrong}`),
        ];
        const classes = named.at(-1)!.classes.map(([name, share]) => `${name} ${inPercent(share)}`);
        console.log(`| ${[...cells, classes.join(', ')].join(' | ')} |`);
      }
}
