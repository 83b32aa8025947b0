import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { standardModel } from '../../engine/onnx/standard/model.ts';
import { messageOf, UserError } from '../../errors.ts';
import { CHANNELS, type Network } from '../../network/network.ts';
import type { Tensor, Weights } from '../../network/weights.ts';
import { readCheckpoint } from '../../store/checkpoints.ts';
import type { Store } from '../../store/records.ts';
import { encodeSafetensors, type Counter } from '../../store/safetensors.ts';
import { programVersion } from '../../process/program.ts';
import { labelOf, missingWeights, placeInStudy, storedRun, type StoredRun } from '../stored/run.ts';
import { readHome, type Home } from '../opened-home.ts';
import { presentImages, knownImages } from '../stored/study.ts';
import { modelCard } from './card.ts';
import { networkFacts, type NetworkImages, type SavedNetwork } from './facts.ts';
import type { NetworkFormat } from '../../common/choices.ts';
import { inputMean } from './mean.ts';
import type { WholeTraining } from './on-all-images.ts';

export interface NetworkFileRequest {
  readonly home: string;
  /** Key of a training. */
  readonly run: string;
  /** Id of the study whose name for the training is used; absent: the newest study that has it. */
  readonly study?: string;
  readonly format: NetworkFormat;
  /** Weights of a training like it on all images; absent: the run's own. */
  readonly whole?: WholeTraining;
  /** Path to write to; an existing file is replaced. */
  readonly file: string;
}

/** The name of the mean image among the tensors of a safetensors file; no parameter has it, as their names have a dot. */
export const MEAN = 'mean_image';

/**
 * Writes a trained network into one file, also while another process is working in the home: its card, a plain ONNX model, or
 * its weights as safetensors under their names, with the mean image where the images are here. The file is written whole
 * or not at all. Throws a UserError where the training is not finished, its weights are not here or not finite, an ONNX
 * model has no images to take the mean of, or the file can't be written.
 */
export async function writeNetworkFile(request: NetworkFileRequest): Promise<SavedNetwork> {
  return readHome(request.home, async (home) => {
    const { bytes, mean } = await networkFile(home, request);
    await writeFileAtomic(request.file, bytes).catch((error: unknown) => {
      throw new UserError(
        `The network can't be written to ${request.file} (${messageOf(error)}): choose another place.`,
        {
          cause: error,
        },
      );
    });
    return { file: request.file, bytes: bytes.length, mean };
  });
}

async function networkFile(home: Home, { run: key, study, format, whole }: NetworkFileRequest) {
  const { store } = home;
  const run = storedRun(home, key);
  const place = placeInStudy(store, key, study);
  if (format === 'md') return { bytes: Buffer.from(modelCard(home, run, place, whole)), mean: true };
  const weights = whole?.checkpoint
    ? (await readCheckpoint(whole.checkpoint, run.network)).weights
    : await finalWeights(home, run, labelOf(key, place));
  const mean = await meanOf(home, run, format, whole !== undefined);
  const { network } = run;
  const facts = networkFacts(run, place, { images: imagesOf(store, run), mean: mean !== undefined, whole });
  if (format === 'onnx') {
    const bytes = standardModel({ network, weights, mean: mean!, ...facts, version: programVersion() });
    return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), mean: true };
  }
  const { inputSize, training } = network.spec;
  const tensors = new Map<string, Tensor | Counter>([
    ...batchCounters(network, whole?.steps ?? run.record.steps),
    ...weights,
  ]);
  // A mean by channel stands in the metadata.
  if (mean && !training.pixels) tensors.set(MEAN, { shape: [CHANNELS, inputSize, inputSize], data: mean });
  const metadata = { ...facts.metadata, description: facts.description };
  return { bytes: Buffer.concat(encodeSafetensors(tensors, metadata)), mean: mean !== undefined };
}

/** How many batches its batch norms have seen: without these a state dictionary of PyTorch lacks something. */
export const batchCounters = ({ layers }: Network, steps: number) =>
  layers
    .filter(({ spec }) => spec.type === 'batch-norm')
    .map(({ name }): [string, Counter] => [
      `${name}.num_batches_tracked`,
      { shape: [], data: BigInt64Array.of(BigInt(steps)) },
    ]);

/** Throws a UserError where the training is not finished, or its weights are not here or damaged. */
export async function finalWeights(
  { home, store }: Home,
  { record, network }: StoredRun,
  label: string,
): Promise<Weights> {
  if (record.status !== 'finished')
    throw new UserError(
      `${label} is not trained to the end yet: it is ${record.status} at step ${record.step} of ${record.steps}. Let its study go on first.`,
    );
  const checkpoint = store.latestCheckpoint(record.key);
  if (!checkpoint) throw missingWeights(label);
  return (await readCheckpoint({ file: join(home, checkpoint.file), sha256: checkpoint.sha256 }, network)).weights;
}

/** What is subtracted from images, which weights may lack but an ONNX model needs: for that, missing images are a UserError. */
async function meanOf(
  home: Home,
  run: StoredRun,
  format: NetworkFormat,
  allImages: boolean,
): Promise<Float32Array | undefined> {
  const mean = await inputMean(home, run, allImages);
  if (!mean && format === 'onnx') presentImages(home, run.identity.data);
  return mean;
}

/** The images that it was trained on, also of a study that came as a file; undefined where they are unknown. */
function imagesOf(store: Store, { identity, network }: StoredRun): NetworkImages | undefined {
  const here = store.findImageSet(identity.data);
  const known = here?.id === identity.data ? here : knownImages(store, identity.data);
  return known && { name: known.name, size: network.spec.training.imageSize ?? known.size };
}
