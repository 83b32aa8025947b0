import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type Profile, profileSchema } from '../../cluster/profile.ts';
import { messageOf, UserError } from '../../errors.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

/** The clusters that a home knows: `<home>/clusters/<name>.json` each, which needs no lock, so that a study may be under way. */

const folderOf = (home: string): string => join(home, 'clusters');
const fileOf = (home: string, name: string): string => join(folderOf(home), `${name}.json`);
const MOST_BYTES = 100_000;

/** Checks what a person says of a cluster. Throws a usage error that says what is wrong. */
export function checkProfile(given: object): Profile {
  const { data, error } = profileSchema.safeParse(given);
  if (data) return data;
  const [{ path, message }] = error.issues;
  const value: unknown = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], given);
  const part = path[0] as keyof Profile;
  throw new UserError(`The ${WORDS[part] ?? part} can't be ${JSON.stringify(value)}: ${message}.`, { usage: true });
}

const WORDS: Partial<Record<keyof Profile, string>> = {
  ...{ ssh: 'host', time: 'time limit', gres: 'list of resources', before: 'command' },
  atOnce: 'number of jobs at once',
};

/** Adds a cluster, or describes one anew. */
export function addProfile(home: string, profile: Profile): void {
  try {
    mkdirSync(folderOf(home), { recursive: true, mode: OWNER_ONLY.folder });
    writeFileAtomic.sync(fileOf(home, profile.name), `${JSON.stringify(profile, undefined, 2)}\n`, {
      mode: OWNER_ONLY.file,
    });
  } catch (error) {
    throw new UserError(`The cluster can't be noted in ${folderOf(home)}: ${messageOf(error)}.`, { cause: error });
  }
}

/** The clusters of a home, by name. */
export const profilesOf = (home: string): Profile[] => namesIn(home).map((name) => readProfile(home, name));

function namesIn(home: string): string[] {
  try {
    const files = readdirSync(folderOf(home)).filter((name) => /^[\w.-]+\.json$/.test(name));
    return files.map((name) => name.slice(0, -'.json'.length)).sort();
  } catch {
    return [];
  }
}

/** @param otherwise what else can be done where there is no such cluster: the end of that sentence */
export const findProfile = (home: string, name: string, otherwise?: string): Profile =>
  readProfile(home, knownName(home, name, otherwise));

/** Forgets a cluster, even one whose file is damaged. */
export const removeProfile = (home: string, name: string): void => rmSync(fileOf(home, knownName(home, name)));

/** Throws a usage error that lists those that there are. */
function knownName(home: string, name: string, otherwise = ''): string {
  const names = namesIn(home);
  if (names.includes(name)) return name;
  const known = names.length > 0 ? `known are ${names.join(', ')}` : 'none is known';
  throw new UserError(
    `There is no cluster "${name}" (${known}): describe it with "transplant cluster add ${name} --spool DIR"${otherwise}.`,
    { usage: true },
  );
}

function readProfile(home: string, name: string): Profile {
  const file = fileOf(home, name);
  try {
    if (!statSync(file).isFile() || statSync(file).size > MOST_BYTES) throw new Error('not a profile');
    return profileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UserError(`The cluster in ${file} can't be read: add it again, or "transplant cluster remove ${name}".`, {
      cause,
    });
  }
}
