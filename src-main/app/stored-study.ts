import { join } from 'node:path';
import type { ImageSetIndex } from '../data/image-set.ts';
import { readImageSetIndex } from '../data/packed/open.ts';
import { UserError } from '../errors.ts';
import type { ImageSetRecord, Store, StudyRecord } from '../store/records.ts';
import { protocolSchema, type Protocol } from '../study/protocol.ts';

/** A study that was begun, and the images it is about. */
export interface StoredStudy {
  readonly study: StudyRecord;
  readonly protocol: Protocol;
  readonly record: ImageSetRecord;
  readonly index: ImageSetIndex;
}

/** Finds a study by id, its beginning, or name. Throws a UserError where it or its images are missing or damaged. */
export function findStoredStudy({ home, store }: { home: string; store: Store }, reference: string): StoredStudy {
  const study = store.findStudy(reference);
  if (!study)
    throw new UserError(`There is no study "${reference}" in ${home}; see "transplant study list".`, { usage: true });
  const protocol = protocolSchema.parse(JSON.parse(study.protocol));
  const record = store.findImageSet(protocol.data.id);
  if (!record)
    throw new UserError(
      `The images of this study (${protocol.data.name}) are no longer in ${home}; import them again.`,
    );
  return { study, protocol, record, index: readIndex(home, record) };
}

/** What is known of a stored image set. Throws a UserError where it is missing or damaged. */
export function readIndex(home: string, { folder }: ImageSetRecord): ImageSetIndex {
  return readImageSetIndex(join(home, 'data', folder));
}
