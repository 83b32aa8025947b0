import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ClassDescription } from '../common/contract/images.ts';
import type { ImageSetIndex } from '../data/image-set.ts';
import { writeGroups } from '../data/relabel.ts';
import { makeSplit, type Split } from '../data/split.ts';
import { UserError } from '../errors.ts';
import type { ImageSetRecord } from '../store/records.ts';
import { protocolIn } from '../study/plan/protocol.ts';
import { usersOf } from './bin.ts';
import type { Home } from './opened-home.ts';
import { readIndex } from './stored/study.ts';
import { runTask } from './tasks/run-task.ts';

/**
 * Gives the classes of a set other groups, and other names, which make a new set of it: names are part of a set's id. Classes that
 * are not described stay as they are.
 *
 * Throws a UserError for an unknown class, for fewer than two names, and where a stored study would be divided otherwise by
 * the new groups.
 */
export async function describeImages(
  home: Home,
  record: ImageSetRecord,
  described: readonly ClassDescription[],
  signal?: AbortSignal,
): Promise<{ index: ImageSetIndex; folder: string }> {
  const index = readIndex(home.home, record);
  const byClass = new Map(described.map((one) => [one.class, one]));
  const unknown = described.find((one) => !index.classes.includes(one.class));
  if (unknown) throw new UserError(`Image set "${record.name}" has no class "${unknown.class}".`);
  const names = index.classes.map((one) => byClass.get(one)?.name ?? one);
  if (new Set(names).size < 2) throw new UserError('A set needs at least two classes: give them different names.');
  const groups: Record<string, string> = {};
  for (const [label, old] of index.classes.entries()) {
    const group = byClass.get(old)?.group ?? (Object.hasOwn(index.groups, old) ? index.groups[old] : '');
    // Of classes that become one, the first that has a group gives it.
    if (group !== '' && !Object.hasOwn(groups, names[label])) groups[names[label]] = group;
  }
  const dataFolder = join(home.home, 'data');
  const folder = join(dataFolder, record.folder);
  if (isDeepStrictEqual(names, [...index.classes])) {
    checkHalves(home, index, groups);
    return { index: await writeGroups(folder, groups), folder };
  }
  const name = usersOf(home.store, record.id).length > 0 ? `${record.name}, renamed classes` : record.name;
  return runTask({ type: 'relabel', dataFolder, folder, name, names, groups }, { signal });
}

/** Throws a UserError where a study that is divided by groups would have other halves. */
function checkHalves({ store }: Home, index: ImageSetIndex, groups: ImageSetIndex['groups']): void {
  for (const study of [...store.studies(), ...store.deletedStudies()]) {
    const protocol = protocolIn(study.protocol);
    if (protocol?.data.id !== index.id || protocol.split.kind !== 'groups') continue;
    const { split, replicates } = protocol;
    const halves = (of: ImageSetIndex['groups']): Split[] =>
      replicates.map(({ splitSeed }) => makeSplit({ ...index, groups: of }, split, splitSeed));
    if (
      !isDeepStrictEqual(
        attempt(() => halves(index.groups)),
        attempt(() => halves(groups)),
      )
    )
      throw new UserError(
        `Study "${study.name}" divides these classes by their groups and would have other halves with these. Nothing was changed: leave the groups of its halves as they are, or delete the study for good first.`,
      );
  }
}

/** Undefined where there are no such halves. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
