import type { NetworkChoice } from '../../src-main/common/contract/networks.ts';
import type { Pretrained, SplitSpec } from '../../src-main/common/protocol-parts.ts';
import type { StudyRequest } from '../../src-main/common/contract/studies.ts';
import { session } from './session.svelte.ts';

type Treatment = NonNullable<StudyRequest['treatments']>[number];

/** What a person has chosen so far, from the images to the treatments. Undefined: what the preset says. */
interface DraftContent {
  /** Id of an image set, or `dead-leaves`: built-in images, made as the preset wants them. */
  set: string | undefined;
  split: SplitSpec | undefined;
  /** Seed of the split that is shown; further replicates of a study use the seeds after it. */
  splitSeed: number;
  preset: StudyRequest['preset'];
  name: string | undefined;
  network: NetworkChoice | undefined;
  layers: number[] | undefined;
  treatments: Treatment[] | undefined;
  seeds: number | undefined;
  splits: number | undefined;
  bothDirections: boolean | undefined;
  imagesPerClass: number | undefined;
  /** Few target examples: numbers of images of each target class, beside all. */
  examples: number[] | undefined;
  /** Stands for baseA. With a head it is the network of the study, too. */
  pretrained: Pretrained | undefined;
  /** What was assumed of a file's network, a sentence each. */
  notes: string[] | undefined;
  /** Id of another image set that baseA is trained on. */
  sourceSet: string | undefined;
  /** Rows and columns that the network reads. */
  inputSize: number | undefined;
  epochs: number | undefined;
  /** What was chosen to fit a time, which is chosen anew for another. */
  fitted: { layers: number[]; seeds: number; epochs: number } | undefined;
  engine: StudyRequest['engine'];
  workers: number | undefined;
  /** Name of the cluster that trains. */
  cluster: string | undefined;
}

/** What `networks.keepNetwork` gives. */
type KeptNetwork = Awaited<ReturnType<typeof session.api.networks.keepNetwork>>;

/** Where features come from. */
export type Source = 'half' | 'file' | 'set';

const EMPTY: DraftContent = {
  set: undefined,
  split: undefined,
  splitSeed: 1,
  preset: 'quick',
  name: undefined,
  network: undefined,
  layers: undefined,
  treatments: undefined,
  seeds: undefined,
  splits: undefined,
  bothDirections: undefined,
  imagesPerClass: undefined,
  examples: undefined,
  pretrained: undefined,
  notes: undefined,
  sourceSet: undefined,
  inputSize: undefined,
  epochs: undefined,
  fitted: undefined,
  engine: undefined,
  workers: undefined,
  cluster: undefined,
};
const KEY = 'draft';
/** Milliseconds without a change before it is stored. */
const QUIET = 300;

/** The study that is being put together on Data, Split and Study. Main remembers it: it survives reloads and restarts. */
class Draft {
  content = $state<DraftContent>({ ...EMPTY });
  #loaded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  async load(): Promise<void> {
    const text = await session.api.home.remembered({ key: KEY });
    if (text !== null) this.content = { ...EMPTY, ...(JSON.parse(text) as Partial<DraftContent>) };
    this.#loaded = true;
  }

  /** Stores the draft after a moment without a change. It reads all of it: call it in an effect. */
  save(): void {
    const value = JSON.stringify(this.content);
    if (!this.#loaded) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void session.api.home.remember({ key: KEY, value }).catch(() => {}), QUIET);
  }

  /** Chooses another set: its classes are others, so the split begins anew. */
  chooseSet(set: string): void {
    if (set === this.content.set) return;
    this.content.set = set;
    this.content.split = undefined;
    if (this.content.sourceSet === set) this.content.sourceSet = undefined;
    this.content.imagesPerClass = undefined;
    this.content.examples = undefined;
  }

  /** Chooses another preset: other choices begin anew; images and split stay. */
  choosePreset(preset: StudyRequest['preset']): void {
    const { set, split, splitSeed, workers, cluster, engine, sourceSet } = this.content;
    const { name, seeds, splits, imagesPerClass, examples, epochs } = this.content;
    const typed = { name, seeds, splits, imagesPerClass, examples, epochs };
    const ofFile = this.source === 'file' ? this.#ofFile : {};
    this.content = {
      ...EMPTY,
      set,
      split,
      splitSeed,
      workers,
      cluster,
      engine,
      sourceSet,
      ...typed,
      ...ofFile,
      preset,
    };
  }

  get #ofFile(): Partial<DraftContent> {
    const { pretrained, notes, network, inputSize } = this.content;
    return { pretrained, notes, network, inputSize };
  }

  /** Where features come from. The first layers of a file for another network count as the other half. */
  get source(): Source {
    const { pretrained, sourceSet } = this.content;
    return sourceSet !== undefined ? 'set' : pretrained?.head ? 'file' : 'half';
  }

  /** Whether B is the whole set, or classes of it, so that there are no halves. */
  get isWhole(): boolean {
    const { split } = this.content;
    return split === undefined ? this.source !== 'half' : split.kind === 'whole';
  }

  /** Chooses the network of a file as the source and as the study's own. */
  chooseFile({ network, pretrained, notes }: KeptNetwork): void {
    this.leaveSource();
    this.content.network = network;
    this.content.pretrained = pretrained;
    this.content.notes = notes;
    this.content.split = undefined;
  }

  /** Chooses another image set as the source. */
  chooseSourceSet(set: string): void {
    if (this.source !== 'set') {
      this.leaveSource();
      this.content.split = undefined;
    }
    this.content.pretrained = undefined;
    this.content.sourceSet = set;
  }

  /** Goes back to the other half. */
  leaveSource(): void {
    const { content } = this;
    if (content.pretrained?.head) content.network = content.pretrained = content.notes = content.inputSize = undefined;
    content.sourceSet = undefined;
    content.layers = content.treatments = content.bothDirections = undefined;
    if (content.split?.kind === 'whole') content.split = undefined;
  }

  /** Chooses a pretrained network, and drops each n that it has no layers for, and transfer to A. */
  choosePretrained(pretrained: Pretrained): void {
    const fitting = this.content.layers?.filter((n) => n <= pretrained.layers);
    this.content.pretrained = pretrained;
    this.content.layers = fitting?.length ? fitting : undefined;
    this.content.bothDirections = undefined;
  }

  /** Undefined while no images are chosen. */
  get request(): StudyRequest | undefined {
    const { set, splits, splitSeed, notes: _, fitted: __, ...rest } = $state.snapshot(this.content);
    // A split by hand is not drawn, and a whole set is not split.
    const drawn = rest.split?.kind === 'lists' || this.isWhole ? {} : { splits, splitSeed };
    return set === undefined ? undefined : { ...rest, ...drawn, data: set };
  }
}

export const draft = new Draft();
