import { DEAD_LEAVES_CLASSES } from '../../data/dead-leaves/image.ts';
import { DEAD_LEAVES } from '../../data/dead-leaves/generate.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import { makeSplit, type Split } from '../../data/split.ts';
import type { SplitSpec } from '../../common/protocol-parts.ts';
import { UserError } from '../../errors.ts';
import { planStudy, studyId, type Plan } from '../../study/plan/plan.ts';
import type { PlannedData } from '../../study/plan/planned-data.ts';
import type { Protocol } from '../../study/plan/protocol.ts';
import type { ImageSetRecord, Store } from '../../store/records.ts';
import { deadLeavesOf, protocolOf, requestedNetwork, type DeadLeavesRequest, type RequestedStudy } from './request.ts';
import { storedSize } from './network-for.ts';
import type { Home } from '../opened-home.ts';
import { readIndex } from '../stored/study.ts';

/** A study as it would be, before anything is trained. */
export interface PlannedStudy {
  readonly id: string;
  readonly protocol: Protocol;
  /** Of its first replicates, MOST_PLANNED at the most: what a study takes is known from those. */
  readonly plan: Plan;
  readonly data: StudyData;
}

/** The facts of an image set that a plan, and the estimate of its time, need. */
type StudyData = PlannedData & Pick<ImageSetIndex, 'heldOutCounts'>;

/** Replicates whose every training is planned before a study begins; of more, each takes what the last of these takes. */
const MOST_PLANNED = 24;

/** Stands for the id of built-in images that are not made yet: no stored run was trained on them. */
const NOT_MADE = '0'.repeat(16);

/**
 * Plans the trainings of a request, in a time that no number of seeds makes long. Built-in images need not exist yet; a path is
 * not imported. Throws a UserError where the request can't be carried out.
 */
export function planRequest(home: Home, request: RequestedStudy): PlannedStudy {
  const data = plannedData(home, request);
  const protocol = protocolOf(request, data, home.home, sourceOf(home, request));
  const first = { ...protocol, replicates: protocol.replicates.slice(0, MOST_PLANNED) };
  return { id: studyId(protocol), protocol, plan: planStudy(first, data), data };
}

/** The other set that features come from, if one was asked for. Throws a UserError where it is not here. */
export const sourceOf = (home: Home, { sourceSet }: RequestedStudy): ImageSetIndex | undefined =>
  sourceSet === undefined ? undefined : readIndex(home.home, findSet(home, sourceSet));

/** The halves into which a split divides an image set. */
export function splitOf(home: Home, data: string, split: SplitSpec, seed: number): Split {
  return makeSplit(plannedData(home, { data, preset: 'quick' }), split, seed);
}

function plannedData(home: Home, request: RequestedStudy): StudyData {
  if (request.data !== DEAD_LEAVES) return readIndex(home.home, findSet(home, request.data));
  const wanted = deadLeavesOf(request, storedSize(requestedNetwork(request)));
  const made = storedDeadLeaves(home.store, wanted);
  return made ? readIndex(home.home, made) : plannedDeadLeaves(wanted);
}

function findSet({ home, store }: Home, id: string): ImageSetRecord {
  const record = store.findImageSet(id);
  if (record) return record;
  throw new UserError(`There is no image set ${id} in ${home}: it may have been deleted. Choose another.`);
}

function storedDeadLeaves(store: Store, { size, train, heldOut }: DeadLeavesRequest): ImageSetRecord | undefined {
  const classes = DEAD_LEAVES_CLASSES.length;
  return store
    .imageSets()
    .find(
      (set) =>
        set.name === DEAD_LEAVES &&
        set.size === size &&
        set.classes === classes &&
        set.trainImages === classes * train &&
        set.heldOutImages === classes * heldOut,
    );
}

function plannedDeadLeaves({ size, train, heldOut }: DeadLeavesRequest): StudyData {
  return {
    id: NOT_MADE,
    name: DEAD_LEAVES,
    size,
    classes: DEAD_LEAVES_CLASSES.map(({ name }) => name),
    groups: Object.fromEntries(DEAD_LEAVES_CLASSES.map(({ name, group }) => [name, group])),
    trainCounts: DEAD_LEAVES_CLASSES.map(() => train),
    heldOutCounts: DEAD_LEAVES_CLASSES.map(() => heldOut),
  };
}
