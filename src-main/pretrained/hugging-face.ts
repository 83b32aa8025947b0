import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { WITH_GRAPH, type Hints } from './families/family.ts';
import type { NetworkOfFile, Pixels } from './network-of-file.ts';
import { SAVED_MODEL, savedModelFolder } from './tensorflow.ts';

/**
 * What Hugging Face's hub has beside weights: timm's config.json (`timm/models/_hub.py`), or that of transformers with a
 * preprocessor_config.json.
 */

/** Names of files of weights, the first that is there. */
const WEIGHTS = ['model.safetensors', 'pytorch_model.bin'];
const CONFIG = 'config.json';
/** Rows and columns that a network here reads at most; its family says what larger ones read instead. */
const LARGEST_INPUT = 512;
const PREPROCESSOR = 'preprocessor_config.json';
/** Names of 21,000 classes take one MiB. */
const MOST_BYTES = 2 ** 24;

const channels = z.tuple([z.number(), z.number(), z.number()]);
const labels = z.union([z.array(z.string()), z.record(z.string(), z.string())]);
const side = z.int().positive();

const configSchema = z.looseObject({
  architecture: z.string().optional(),
  label_names: labels.optional(),
  model_args: z
    .looseObject({ num_heads: side.optional(), img_size: z.union([side, z.array(side)]).optional() })
    .optional(),
  pretrained_cfg: z
    .looseObject({
      mean: channels.optional(),
      std: channels.optional(),
      input_size: z.tuple([side, side, side]).optional(),
      crop_pct: z.number().positive().optional(),
      interpolation: z.string().optional(),
      license: z.string().optional(),
    })
    .optional(),
  // Of transformers.
  architectures: z.array(z.string()).optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  image_size: side.optional(),
  num_attention_heads: side.optional(),
  model_type: z.string().optional(),
  hidden_act: z.string().optional(),
  downsample_in_bottleneck: z.boolean().optional(),
  license: z.string().optional(),
});

const sides = z.union([side, z.looseObject({ height: side.optional(), shortest_edge: side.optional() })]);

const preprocessorSchema = z.looseObject({
  image_mean: channels.optional(),
  image_std: channels.optional(),
  do_normalize: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().positive().optional(),
  do_center_crop: z.boolean().optional(),
  size: sides.optional(),
  crop_size: sides.optional(),
  crop_pct: z.number().positive().optional(),
  /** Pillow's numbers. */
  resample: z.int().optional(),
});

export interface Described {
  readonly config: z.infer<typeof configSchema>;
  readonly preprocessor?: z.infer<typeof preprocessorSchema>;
}

/** The file of weights of a folder. Throws a UserError, one clause, where there is none. */
export async function weightsIn(folder: string): Promise<string> {
  for (const name of WEIGHTS) if (await isThere(join(folder, name))) return name;
  if (await isThere(join(folder, SAVED_MODEL))) throw savedModelFolder(basename(folder));
  if (await isThere(join(folder, `${WEIGHTS[0]}.index.json`)))
    throw new UserError(
      'its weights are in several files; load it in Python and save it as one: model.save_pretrained("folder", max_shard_size="2GB")',
    );
  throw new UserError(`it is a folder without ${WEIGHTS.join(' or ')}; choose the network's file`);
}

/** What stands beside weights of the hub's names; undefined where nothing does. */
export async function describedIn(folder: string, weights: string): Promise<Described | undefined> {
  if (!WEIGHTS.includes(weights) || !(await isThere(join(folder, CONFIG)))) return undefined;
  const config = await jsonOf(join(folder, CONFIG), CONFIG, configSchema);
  if (!(await isThere(join(folder, PREPROCESSOR)))) return { config };
  return { config, preprocessor: await jsonOf(join(folder, PREPROCESSOR), PREPROCESSOR, preprocessorSchema) };
}

const isThere = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined))?.isFile() ?? false;

async function jsonOf<T>(file: string, name: string, schema: z.ZodType<T>): Promise<T> {
  if ((await stat(file)).size > MOST_BYTES) throw new UserError(`its ${name} is larger than 16 MiB`);
  let value: unknown;
  try {
    // What is null there is as if it weren't there.
    value = JSON.parse(await readFile(file, 'utf8'), (_key, each: unknown) => each ?? undefined);
  } catch (cause) {
    throw new UserError(`its ${name} is not JSON; download it again`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path } = parsed.error.issues[0];
  throw new UserError(
    path.length === 0
      ? `its ${name} is not a record of settings, as the hub has there; download it again`
      : `"${path.join('.')}" of its ${name} is not what the hub has there; download it again, or choose the weights in another folder`,
  );
}

/** What stands between the layers of these, which weights don't tell. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  ...{ vit: 'gelu', deit: 'gelu', dinov2: 'gelu', convnext: 'gelu', resnet: 'relu' },
};

export function hintsOf({ config, preprocessor }: Described): Partial<Hints> {
  const { hidden_act: activation, model_type: type = '' } = config;
  if (activation !== undefined && Object.hasOwn(ACTIVATIONS, type) && activation !== ACTIVATIONS[type])
    throw new UserError(
      `its config.json has the activation "${activation.slice(0, 40)}", where a ${type} has ${ACTIVATIONS[type]}; ${WITH_GRAPH}`,
    );
  if (config.downsample_in_bottleneck)
    throw new UserError(
      'its first convolutions of blocks halve images, which those of other ResNets of its names do not',
    );
  // A table of positions may be larger than the images that are read: DINOv2's is of 518 pixels.
  const size = [
    config.pretrained_cfg?.input_size?.[1],
    config.image_size,
    preprocessor && sizesOf(preprocessor).read,
  ].find((each) => each !== undefined && each <= LARGEST_INPUT);
  const heads = config.model_args?.num_heads ?? config.num_attention_heads;
  return {
    ...(config.architecture !== undefined && { name: config.architecture }),
    ...(size !== undefined && { size }),
    ...(heads !== undefined && { heads }),
  };
}

/** The network with what its description says of pixels, classes and licence. */
export function withDescription(network: NetworkOfFile, { config, preprocessor }: Described): NetworkOfFile {
  const names = namesOf(config.label_names ?? config.id2label, network.classes);
  const licence = config.pretrained_cfg?.license ?? config.license;
  return {
    ...network,
    pixels: { ...network.pixels, ...pixelsOf(config), ...(preprocessor && preprocessed(preprocessor)) },
    ...(names && { classNames: names }),
    ...(licence !== undefined && { licence }),
  };
}

type Told = Partial<Pixels>;
type Preprocessor = NonNullable<Described['preprocessor']>;

function pixelsOf({ pretrained_cfg: cfg }: Described['config']): Told {
  if (!cfg) return {};
  return {
    ...(cfg.mean && { mean: scaled(cfg.mean, 255), from: 'file' }),
    ...(cfg.std && { deviation: scaled(cfg.std, 255) }),
    ...(cfg.crop_pct !== undefined && { crop: cfg.crop_pct }),
    ...(isInterpolation(cfg.interpolation) && { interpolation: cfg.interpolation }),
  };
}

const PILLOW: Readonly<Record<number, Pixels['interpolation']>> = { 0: 'nearest', 2: 'bilinear', 3: 'bicubic' };

/** Rows and columns that are read, and those of the image that they are the centre of. */
function sizesOf(of: Preprocessor): { readonly read?: number; readonly whole?: number } {
  const one = (given: z.infer<typeof sides> | undefined) =>
    typeof given === 'object' ? (given.height ?? given.shortest_edge) : given;
  const whole = one(of.size);
  return { whole, read: (of.do_center_crop === false ? undefined : one(of.crop_size)) ?? whole };
}

function preprocessed(of: Preprocessor): Told {
  const unit = of.do_rescale === false ? 1 : 1 / (of.rescale_factor ?? 1 / 255);
  const { read, whole } = sizesOf(of);
  const crop = of.crop_pct ?? (read !== undefined && whole !== undefined ? Math.min(1, read / whole) : undefined);
  const plain: Told = { mean: [0, 0, 0], deviation: [unit, unit, unit], from: 'file' };
  const interpolation = of.resample === undefined ? undefined : PILLOW[of.resample];
  return {
    ...(of.do_normalize === false
      ? plain
      : {
          ...(of.image_mean && { mean: scaled(of.image_mean, unit), from: 'file' }),
          ...(of.image_std && { deviation: scaled(of.image_std, unit) }),
        }),
    ...(crop !== undefined && { crop }),
    ...(interpolation && { interpolation }),
  };
}

const scaled = (of: readonly [number, number, number], factor: number): [number, number, number] => [
  of[0] * factor,
  of[1] * factor,
  of[2] * factor,
];

const isInterpolation = (name: string | undefined): name is 'bilinear' | 'bicubic' | 'nearest' =>
  name !== undefined && ['bilinear', 'bicubic', 'nearest'].includes(name);

/** In the order of units; undefined where they are not as many as these. */
function namesOf(given: z.infer<typeof labels> | undefined, classes: number): string[] | undefined {
  const names = Array.isArray(given) ? given : Array.from({ length: classes }, (_, unit) => given?.[String(unit)]);
  return classes > 0 && names.length === classes && names.every((name) => name !== undefined)
    ? (names as string[])
    : undefined;
}
