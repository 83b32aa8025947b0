import { findingsOf, NEARLY_EQUAL, suspectsSentence } from '../../common/health.ts';
import { DEAD_LEAVES } from '../../data/dead-leaves/generate.ts';
import { factsOf, storedHealth } from '../../data/health/health.ts';
import { fileNamesOf } from '../../data/packed/file-names.ts';
import { selectImages } from '../../data/selection.ts';
import { pictureSize, readPictures } from '../../data/pictures.ts';
import type { Workspace } from '../../app/workspace/workspace.ts';
import type { ShownSet } from '../../app/workspace/opened-sets.ts';
import { UserError } from '../../errors.ts';
import type { ImageSetRecord } from '../../store/records.ts';
import { readProtocol } from '../../study/plan/protocol.ts';
import { api, blobOf } from '../implement.ts';
import type { ImageSetDetails, ImageSetSummary } from '../../common/contract/images.ts';

/** So many of the files that were left out are listed; the set's index has all of them. */
const REJECTS_SHOWN = 1000;

/** Pairs of nearly equal images that are shown, at most. */
const PAIRS_SHOWN = 48;

/** Three pictures of each of the first classes. */
const SAMPLES = { classes: 24, perClass: 3, size: 48 };

export const imageHandlers = {
  list: api.images.list.handler(({ context: { workspace } }) => {
    const studies = studiesBySet(workspace);
    return workspace.application.store
      .imageSets()
      .reverse()
      .map((record) => summary(record, studies));
  }),
  details: api.images.details.handler(({ context: { workspace }, input }) => details(workspace, input.set)),
  wall: api.images.wall.handler(({ context: { workspace }, input }) => {
    const shown = open(workspace, input.set);
    const { set, order, starts } = shown;
    const label = input.class === null ? undefined : labelOf(shown, input.class);
    const [start, end] = label === undefined ? [0, order.length] : [starts[label], starts[label + 1]];
    const images = order.subarray(Math.min(end, start + input.first), Math.min(end, start + input.first + input.count));
    const size = pictureSize(set, input.size);
    const files = fileNamesOf(set, images);
    return {
      size,
      pixels: blobOf(readPictures(set, images, size)),
      total: end - start,
      images: Array.from(images, (image, at) => {
        return { image, label: set.labels[image], heldOut: set.heldOut[image] === 1, file: files[at] };
      }),
    };
  }),
  samples: api.images.samples.handler(({ context: { workspace }, input }) => {
    const shown = open(workspace, input.set);
    const { set, order, starts } = shown;
    const images = input.classes.flatMap((name) => {
      const label = labelOf(shown, name);
      return Array.from({ length: input.perClass }, (_, i) =>
        starts[label] + i < starts[label + 1] ? order[starts[label] + i] : -1,
      );
    });
    const size = pictureSize(set, input.size);
    return { size, pixels: blobOf(readPictures(set, images, size)) };
  }),
  pictures: api.images.pictures.handler(({ context: { workspace }, input }) => {
    const { set } = open(workspace, input.set);
    const beyond = input.images.find((image) => image >= set.index.count);
    if (beyond !== undefined) throw new UserError(`Image set "${set.index.name}" has no image ${beyond}.`);
    const size = pictureSize(set, input.size);
    return { size, files: fileNamesOf(set, input.images), pixels: blobOf(readPictures(set, input.images, size)) };
  }),
  health: api.images.health.handler(async ({ context: { workspace }, input, signal }) => {
    const { set } = open(workspace, input.set);
    const health = input.measure
      ? (await workspace.application.checkImages(input.set, signal)).health
      : storedHealth(set.folder);
    if (health === undefined) return null;
    const { pairs, complete, leaking, shown } = health;
    return {
      findings: findingsOf(factsOf(set.index), health),
      nearlyEqual: NEARLY_EQUAL,
      ...{ pairs, complete, leaking: leaking.length },
      shown: shown.slice(0, PAIRS_SHOWN).map(({ first, second, mirrored }) => ({
        ...{ first, second, mirrored },
        classes: [first, second].map((image) => set.index.classes[set.labels[image]]),
        heldOut: [first, second].map((image) => set.heldOut[image] === 1),
      })),
    };
  }),
  suspects: api.images.suspects.handler(async ({ context: { workspace }, input, signal }) => {
    const suspects = await workspace.application.suspectImages(input.set, signal);
    return { ...suspects, sentence: suspectsSentence(suspects) };
  }),
  leaveOutLeaks: api.images.leaveOutLeaks.handler(async ({ context: { workspace }, input, signal }) => {
    const { id } = await workspace.application.leaveOutLeaks(input.set, signal);
    workspace.touchStored();
    return { set: id };
  }),
  describe: api.images.describe.handler(async ({ context: { workspace }, input, signal }) => {
    return { set: await workspace.describeImages(input.set, input.classes, signal) };
  }),
  heldOut: api.images.heldOut.handler(({ context: { workspace }, input }) => {
    const { set } = open(workspace, input.set);
    const { heldOut } = selectImages(set, input.classes, { seed: 0 });
    if (input.positions.some((position) => position >= heldOut.length))
      throw new UserError(`Image set "${set.index.name}" has only ${heldOut.length} held-out images of these classes.`);
    const images = input.positions.map((position) => heldOut[position]);
    const size = pictureSize(set, input.size);
    return { size, images, files: fileNamesOf(set, images), pixels: blobOf(readPictures(set, images, size)) };
  }),
  readImport: api.images.readImport.handler(async ({ context: { workspace }, input, signal }) => {
    const { reading, pixels } = await workspace.readImport(input.path, input.answers, SAMPLES, signal);
    const classes = Math.min(SAMPLES.classes, reading.classes.length);
    return { reading, pictures: pixels ? { ...SAMPLES, classes, pixels: blobOf(pixels) } : null };
  }),
  discardUpload: api.images.discardUpload.handler(({ context: { workspace }, input }) =>
    workspace.discardUpload(input.path),
  ),
  import: api.images.import.handler(({ context: { workspace }, input }) => ({ import: workspace.beginImport(input) })),
  makeDeadLeaves: api.images.makeDeadLeaves.handler(({ context: { workspace }, input }) => {
    return { import: workspace.beginDeadLeaves(input) };
  }),
  cancelImport: api.images.cancelImport.handler(({ context: { workspace }, input }) =>
    workspace.cancelImport(input.import),
  ),
  dismissImport: api.images.dismissImport.handler(({ context: { workspace }, input }) =>
    workspace.dismissImport(input.import),
  ),
  remove: api.images.remove.handler(({ context: { workspace }, input }) => workspace.deleteImages(input.set)),
};

const open = (workspace: Workspace, set: string): ShownSet => workspace.sets.get(workspace.application, set);

function labelOf({ set: { index } }: ShownSet, name: string): number {
  const label = index.classes.indexOf(name);
  if (label < 0) throw new UserError(`Image set "${index.name}" has no class "${name}".`);
  return label;
}

/** How many studies use each image set. */
function studiesBySet(workspace: Workspace): Map<string, number> {
  const uses = workspace.application.store.studies().flatMap((study) => {
    const { data, sourceSet } = readProtocol(study);
    return [data, sourceSet ?? []].flat().map(({ id }) => id);
  });
  return new Map([...Map.groupBy(uses, (set) => set)].map(([set, own]) => [set, own.length]));
}

function summary(record: ImageSetRecord, studies: ReadonlyMap<string, number>): ImageSetSummary {
  const { folder: _, ...shown } = record;
  return { ...shown, builtIn: record.name === DEAD_LEAVES, studies: studies.get(record.id) ?? 0 };
}

function details(workspace: Workspace, id: string): ImageSetDetails {
  const { index } = open(workspace, id).set;
  const more = /^(\d+) more left out$/.exec(index.rejects.at(-1)?.reason ?? '');
  return {
    ...summary(workspace.application.store.findImageSet(id)!, studiesBySet(workspace)),
    byClass: index.classes.map((name, label) => ({
      name,
      group: Object.hasOwn(index.groups, name) ? index.groups[name] : null,
      train: index.trainCounts[label],
      heldOut: index.heldOutCounts[label],
    })),
    rejects: index.rejects.slice(0, REJECTS_SHOWN),
    rejected: more ? index.rejects.length - 1 + Number(more[1]) : index.rejects.length,
    duplicates: index.duplicates,
    heldOut: index.heldOut.kind,
  };
}
