import type { Finding } from '../../common/contract/engine.ts';
import {
  examineDisk,
  examineHome,
  examineCards,
  examineMemory,
  examineNode,
  examinePlatform,
  examineProcessor,
  examineStore,
} from './machine.ts';
import { examineEngines, examineImages, examineSqlite } from './libraries.ts';

/**
 * Examines everything that Transplant depends on and returns its findings, one sentence each, in reading order. Native
 * libraries are tried in processes of their own, as they may crash. It never rejects because of what it examines.
 */
export async function examineMachine(home: string): Promise<Finding[]> {
  const [basics, libraries] = await Promise.all([examineBasics(home), examineLibraries(home)]);
  return [...basics, ...libraries];
}

/** What a look tells: no file is read and no process begun. */
export const examineAtOnce = (): Finding[] => [examineNode(), examinePlatform(), examineProcessor(), examineMemory()];

/** What is known without trying any engine. The store is read, which takes a while where it is large. */
export async function examineBasics(home: string): Promise<Finding[]> {
  const cards = await examineCards();
  const folder = examineHome(home);
  const disk = folder.status === 'ok' ? [await examineDisk(home), await examineStore(home)] : [];
  return [...examineAtOnce(), ...cards, folder, ...disk, examineSqlite()];
}

async function examineLibraries(home: string): Promise<Finding[]> {
  const [images, engines] = await Promise.all([examineImages(), examineEngines(home)]);
  return [images, ...engines];
}

/** Tries the libraries once for a process, as that takes seconds, and on a busy machine many; again only where that is asked for. */
export class Libraries {
  #tried: Promise<Finding[]> | undefined;

  findings(home: string, again = false): Promise<Finding[]> {
    if (again || !this.#tried) this.#tried = examineLibraries(home);
    return this.#tried;
  }
}
