import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { RequestedStudy } from '../../app/planning/request.ts';
import type { SplitSpec } from '../../common/protocol-parts.ts';
import { parseSplitArgument, parseSplitFile, sharedName } from '../../data/split.ts';
import { UserError } from '../../errors.ts';
import { parseJson, readNetwork } from '../../network/read-spec.ts';
import {
  parseTime,
  parseEngine,
  parseEpochs,
  parseExamples,
  parseFilled,
  parseLayers,
  parseName,
  parsePreset,
  parseTreatments,
  variantExamples,
  wholeNumber,
} from '../terminal/parse.ts';
import { reasonOf } from '../terminal/reasons.ts';
import type { GlobalOptions } from '../terminal/surroundings.ts';
import { checkSource, parseTarget, type SourceOptions, splitOfTarget, withLayers } from './study-source.ts';

/** The options of `study run` as commander returns them: a request whose network, split and source are not read yet. */
export interface StudyRunOptions
  extends GlobalOptions, SourceOptions, Omit<RequestedStudy, keyof SourceOptions | 'sourceSet'> {
  readonly workers?: number;
  readonly cluster?: string;
  readonly sharedMemory?: number;
  readonly out?: string;
  readonly yes?: boolean;
  /** Seconds. */
  readonly untilClear?: number;
}

export const workersParser = wholeNumber('--workers', 1, 256);
export const sharedMemoryParser = wholeNumber('--shared-memory', 1, 1e8);
const CLUSTER = 'train on this cluster (see "transplant cluster") instead of on this machine';
export const SHARED_MEMORY =
  'memory in MB for networks that share frozen layers and are trained side by side (default: half of what is free)';

/** Adds the options that say what to study to a command. */
export function addStudyRunOptions(command: Command): Command {
  return command
    .option(
      '--data <set>',
      'an imported set by ID or name, a path to import, or the built-in dead-leaves',
      parseFilled('--data'),
      'dead-leaves',
    )
    .option('--preset <name>', 'how much work: smoke, quick, standard or paper', parsePreset, 'quick')
    .option('--name <text>', "the study's name", parseName)
    .option('--network <name>', "a built-in network or a JSON file (default: the preset's)", parseFilled('--network'))
    .option(
      '--from <source>',
      'where the features come from: a file that holds a network, or another image set by ID or name (default: the other half)',
      parseFilled('--from'),
    )
    .option(
      '--target <classes>',
      'what is learnt from them: half, all, or names of classes (default: all with --from, else half)',
      parseTarget,
    )
    .option(
      '--input-size <pixels>',
      "rows and columns that the network reads (default: the network's own)",
      wholeNumber('--input-size', 4, 512),
    )
    .option(
      '--split <split>',
      'classes of A and B: random, random:20 (20 classes), groups:natural/man-made or a JSON file of lists',
      parseFilled('--split'),
    )
    .option('--seeds <k>', 'training seeds 1..k', wholeNumber('--seeds', 1, 1000))
    .option(
      '--splits <k>',
      'random splits 1..k, each with every seed (default: each seed has its own split)',
      wholeNumber('--splits', 1, 1000),
    )
    .option('--split-seed <k>', 'seed of the first split (default: 1)', wholeNumber('--split-seed', 0, 2_000_000_000))
    .option(
      '--layers <list>',
      'layers n to transplant: 1-7, 1,3,5, names such as layer2.0, stages or blocks (default: up to 7, or the stages of a deeper network)',
      parseLayers,
    )
    .option(
      '--treatments <list>',
      `of BnB,BnB+,AnB,AnB+,random; also ${variantExamples()
        .map(({ name, brief }) => `${name} (${brief})`)
        .join(', ')}`,
      parseTreatments,
    )
    .option('--both-directions', 'also transfer from B to A')
    .option(
      '--images-per-class <n>',
      'train on this many images of each class',
      wholeNumber('--images-per-class', 1, 1e9),
    )
    .option(
      '--examples <list>',
      'few target examples: also train on these numbers of images of each target class, such as 1,5,25',
      parseExamples,
    )
    .option(
      '--pretrained <file>',
      'transfer from the first layers of a safetensors or ONNX file instead of a network trained on A',
      parseFilled('--pretrained'),
    )
    .option('--epochs <n>', 'passes over the training images', parseEpochs)
    .option(
      '--budget <time>',
      'the time that it may take, such as 30min or 2h: cuts, seeds and epochs that are not given are chosen for it',
      parseTime('--budget'),
    )
    .option(
      '--until-clear <time>',
      'then go on, replicate by replicate, until every statement that can be tested has an answer or is given up: at most for this time in all',
      parseTime('--until-clear'),
    )
    .option('--engine <name>', 'auto, onnx, onnx-webgpu, onnx-cuda or tensorflow', parseEngine)
    .option(
      '--workers <n>',
      'trainings at once (default: one per core); on each card where CUDA has several',
      workersParser,
    )
    .option('--cluster <name>', CLUSTER, parseFilled('--cluster'))
    .option('--shared-memory <MB>', SHARED_MEMORY, sharedMemoryParser)
    .option('--out <folder>', 'where the report goes (default: reports/ID in the home folder)', parseFilled('--out'))
    .option('--yes', 'begin even if it takes more than an hour, without asking');
}

/**
 * The study that is asked for, except for what comes from a file, which must be kept in a home first. Throws a usage error
 * for everything that can be known to be wrong before any work.
 */
export async function studyRequest(options: StudyRunOptions): Promise<RequestedStudy> {
  checkSource(options);
  const request: RequestedStudy = {
    name: options.name,
    preset: options.preset,
    data: options.data,
    network: options.network === undefined ? undefined : await readNetwork(options.network),
    split: options.split === undefined ? splitOfTarget(options.target) : await readSplit(options.split),
    inputSize: options.inputSize,
    seeds: options.seeds,
    splits: options.splits,
    splitSeed: options.splitSeed,
    treatments: options.treatments,
    bothDirections: options.bothDirections,
    imagesPerClass: options.imagesPerClass,
    examples: options.examples,
    epochs: options.epochs,
    budget: options.budget,
    engine: options.engine,
  };
  // The network of a file is not known yet.
  return options.from === undefined ? withLayers(request, options) : request;
}

/**
 * Reads `random`, `random:20` or `groups:natural/man-made` (data/split.ts); anything else is the path of a JSON file.
 */
async function readSplit(text: string): Promise<SplitSpec> {
  const spec = /^(random|groups)(:|$)/.test(text) ? parseSplitArgument(text) : await readSplitFile(text);
  if (spec.kind === 'groups' || spec.kind === 'lists') refuseOverlap(spec.a, spec.b);
  return spec;
}

/** Bytes of a split file, at most: names of a hundred thousand classes. */
const MOST_SPLIT_BYTES = 4 * 2 ** 20;

async function readSplitFile(file: string): Promise<SplitSpec> {
  const unreadable = (why: string) =>
    usageError(
      `--split must be random, random:20, groups:natural/man-made or a JSON file, and "${file}" can't be read: ${why}.`,
    );
  const json = await stat(file)
    .then((found) => {
      // A pipe or a device could keep the program waiting for ever.
      if (!found.isFile() && !found.isDirectory()) throw unreadable('it is not a regular file');
      if (found.size > MOST_SPLIT_BYTES) throw unreadable('it is larger than 4 MiB, which no split is');
      return readFile(file, 'utf8');
    })
    .catch((error: unknown) => {
      throw error instanceof UserError ? error : unreadable(reasonOf(error));
    });
  return parseSplitFile(parseJson(json, file), file);
}

/** Throws if a name is in both halves. The study checks this too, but only after the images are imported. */
function refuseOverlap(a: readonly string[], b: readonly string[]): void {
  const shared = sharedName(a, b);
  if (shared !== undefined) throw usageError(`"${shared}" is in both halves of --split; take it out of one of them.`);
}

const usageError = (sentence: string): UserError => new UserError(sentence, { usage: true });
