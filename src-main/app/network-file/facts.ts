import type { NetworkSpec, TrainingSpec } from '../../network/spec.ts';
import { programVersion } from '../../process/program.ts';
import type { Store } from '../../store/records.ts';
import { readProtocol } from '../../study/plan/protocol.ts';
import { type Place, placeInStudy, type StoredRun } from '../stored/run.ts';

export interface SavedNetwork {
  readonly file: string;
  readonly bytes: number;
  /** Whether it says what is subtracted from pixels; an ONNX model always does. */
  readonly mean: boolean;
}

/** Facts about a network that its file contains, the same in every format. */
export interface NetworkFacts {
  readonly name: string;
  /** A text for people. */
  readonly description: string;
  /** Values for programs; lists and the network are JSON. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The image set of a network: its name, and rows and columns of its images as the network is given them. */
export interface NetworkImages {
  readonly name: string;
  readonly size: number;
}

/**
 * @param images its image set, where it is known
 * @param mean whether the file has the mean image
 * @param whole where its weights are of a training on all images
 */
export function networkFacts(
  { record, identity, network }: StoredRun,
  place: Place | undefined,
  {
    images,
    mean,
    whole,
  }: {
    readonly images: NetworkImages | undefined;
    readonly mean: boolean;
    readonly whole?: { readonly steps: number };
  },
): NetworkFacts {
  const protocol = place && readProtocol(place.study);
  const spec: NetworkSpec = { ...network.spec, name: protocol?.network.name ?? network.spec.name };
  const replicate = protocol && place && protocol.replicates[place.run.replicate];
  const name = place?.run.name ?? record.key.slice(0, 12);
  const { inputSize, training } = network.spec;
  const metadata = {
    run: name,
    ...(place && { study: place.study.id, study_name: place.study.name, replicate: String(place.run.replicate + 1) }),
    classes: JSON.stringify(identity.classes),
    image_set: identity.data,
    ...(images && { image_set_name: images.name, image_size: String(images.size) }),
    network: JSON.stringify(spec),
    input: `RGB pixels 0..255, [N, 3, ${inputSize}, ${inputSize}]; the network reads ${whatIsRead(training)}`,
    ...(training.pixels
      ? { mean: JSON.stringify(training.pixels.mean), deviation: JSON.stringify(training.pixels.deviation) }
      : {
          mean_image: mean
            ? `mean of the training images of these classes, its centre of ${inputSize}x${inputSize} pixels`
            : 'not in this file: the images were not at hand',
        }),
    held_out_correct: String(record.correct),
    held_out_total: String(record.total),
    ...(replicate && { split_seed: String(replicate.splitSeed) }),
    training_seed: String(identity.trainingSeed),
    seed: record.seed,
    steps: String(whole?.steps ?? record.steps),
    ...(whole && { trained_on: TRAINED_ON_ALL }),
    engine: record.engineVersion ?? identity.engine,
    key: record.key,
    program: `Transplant ${programVersion()}`,
  };
  return { name, description: description(name, spec, metadata, identity.head !== undefined), metadata };
}

/** What is said of a network that has learned from the held-out images. */
const TRAINED_ON_ALL =
  'all images, the held-out ones too: its accuracy was measured by the network that did not see them';

const whatIsRead = ({ pixels, inputScale }: TrainingSpec): string =>
  pixels ? '(pixels - mean) / deviation by channel' : `(pixels - mean image) * ${inputScale}`;

function description(
  name: string,
  { name: network, inputSize }: NetworkSpec,
  facts: Record<string, string>,
  asItComes: boolean,
): string {
  const study = facts.study_name === undefined ? '' : ` of the study "${facts.study_name}"`;
  const set = facts.image_set_name === undefined ? '' : ` of the image set "${facts.image_set_name}"`;
  const classes = (JSON.parse(facts.classes) as string[]).length;
  return (
    `${name}${study}: ${network}, ${asItComes ? `as its file has it, its outputs for ${classes} classes` : `trained by ${facts.program} on ${classes} classes`}${set}; ` +
    `${facts.held_out_correct} of ${facts.held_out_total} held-out images right${facts.trained_on === undefined ? '' : ` (trained on ${facts.trained_on})`}. ` +
    `It reads ${inputSize}x${inputSize} pixels, red, green and blue from 0 to 255: an image whose shorter side was resized and whose centre was cut out. ` +
    `Outputs are in the order of "classes" in the metadata.`
  );
}

/** A file name that is valid on every system, `birds-A3B+.onnx`; it names the replicate where a study has several. */
export function networkFileName(
  store: Store,
  key: string,
  ending: string,
  { study, allImages = false }: { readonly study?: string; readonly allImages?: boolean } = {},
): string {
  const place = placeInStudy(store, key, study);
  const all = allImages ? ['all-images'] : [];
  if (!place) return `${['network', key.slice(0, 12), ...all].join('-')}.${ending}`;
  const replicates = Math.max(...store.studyRuns(place.study.id).map(({ replicate }) => replicate)) + 1;
  const name = place.study.name.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 60);
  const words = [name, place.run.name, ...(replicates > 1 ? [String(place.run.replicate + 1)] : []), ...all];
  return `${words.join('-').replace(/^[.-]+/, '')}.${ending}`;
}
