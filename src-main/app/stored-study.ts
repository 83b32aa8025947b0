import { join } from 'node:path';
import type { ImageSetIndex } from '../data/image-set.ts';
import { indexSchema } from '../data/packed/format.ts';
import { readImageSetIndex } from '../data/packed/open.ts';
import { UserError } from '../errors.ts';
import type { ImageSetRecord, Store, StudyRecord } from '../store/records.ts';
import { type Protocol, readProtocol } from '../study/protocol.ts';
import type { Home } from './opened-home.ts';

/** A study that was begun, and the images it is about. */
export interface StoredStudy {
  readonly study: StudyRecord;
  readonly protocol: Protocol;
  /** Undefined: the study came out of a file, and its images were never here. */
  readonly record: ImageSetRecord | undefined;
  readonly index: ImageSetIndex;
}

/** Finds a study by id, its beginning, or name. Throws a UserError where it or its images are missing or damaged. */
export function findStoredStudy({ home, store }: Home, reference: string): StoredStudy {
  const study = store.findStudy(reference);
  if (!study)
    throw new UserError(`There is no study "${reference}" in ${home}; see "transplant study list".`, { usage: true });
  const protocol = readProtocol(study);
  const record = store.findImageSet(protocol.data.id);
  if (record) return { study, protocol, record, index: readIndex(home, record) };
  const known = knownImages(store, protocol.data.id);
  if (known) return { study, protocol, record, index: known };
  throw new UserError(`The images of this study (${protocol.data.name}) are no longer in ${home}; import them again.`);
}

/** For what needs the pixels of a set: its record. Throws a UserError where only the studies are here that it was used for. */
export function presentImages({ home, store }: Home, id: string): ImageSetRecord {
  const record = store.findImageSet(id);
  if (record?.id === id) return record;
  const known = knownImages(store, id);
  if (!known) throw new UserError(`There is no image set ${id} in ${home}: it may have been deleted. Choose another.`);
  const { name, size } = known;
  throw new UserError(
    `The images of this study ("${name}") are not here: it was trained elsewhere and came as a file. Import the same images, stored at ${size} x ${size} pixels, then try again.`,
  );
}

/** What is known of images that a study out of a file is about; undefined where there is no such study. */
export function knownImages(store: Store, id: string): ImageSetIndex | undefined {
  const known = store.knownImages(id);
  return known === undefined ? undefined : indexSchema.parse(JSON.parse(known));
}

/** What is known of a stored image set. Throws a UserError where it is missing or damaged. */
export function readIndex(home: string, { folder }: ImageSetRecord): ImageSetIndex {
  return readImageSetIndex(join(home, 'data', folder));
}
