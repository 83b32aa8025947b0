import { existsSync } from 'node:fs';
import { byteSize } from '../../common/numbers.ts';
import { messageOf } from '../../errors.ts';
import { inspectStore } from '../../store/inspect.ts';
import { freeSpace } from '../free-space.ts';
import { prepareHome } from '../home.ts';
import { readHome, storeFile, type Home } from '../opened-home.ts';
import type { Finding } from '../../api/contract/engine.ts';

/** Below this, not even one checkpoint and its successor fit beside a growing store. */
const TOO_LITTLE = 200 * 2 ** 20;
const LITTLE = 5 * 2 ** 30;

/** Makes the folder where it is missing, as every command does: whether it can be written is known only then. */
export function examineHome(home: string): Finding {
  try {
    prepareHome(home);
    return { name: 'home folder', status: 'ok', text: `${home} can be written.` };
  } catch (error) {
    return { name: 'home folder', status: 'problem', text: messageOf(error) };
  }
}

export async function examineDisk(home: string): Promise<Finding> {
  const name = 'disk';
  try {
    const free = await freeSpace(home);
    const text = `${byteSize(free)} free for ${home}.`;
    if (free >= LITTLE) return { name, status: 'ok', text };
    const advice = 'Free some space, or choose another folder with --home DIR or TRANSPLANT_HOME.';
    return { name, status: free < TOO_LITTLE ? 'problem' : 'note', text: `${text} ${advice}` };
  } catch (error) {
    return { name, status: 'note', text: `How much is free for ${home} could not be found out (${messageOf(error)}).` };
  }
}

export async function examineStore(home: string): Promise<Finding> {
  const name = 'store';
  const file = storeFile(home);
  if (!existsSync(file)) return { name, status: 'ok', text: `${file} will be made by the first import or study.` };
  try {
    const { version } = inspectStore(file);
    return { name, status: 'ok', text: `${file} is whole, version ${version} (${await readHome(home, contents)}).` };
  } catch (error) {
    return { name, status: 'problem', text: messageOf(error) };
  }
}

function contents({ store }: Home): string {
  const studies = store.studies();
  const runs = studies.flatMap(({ id }) => store.studyRuns(id)).map(({ record }) => record);
  const trained = new Set(runs.filter(({ status }) => status === 'finished').map(({ key }) => key));
  return `image sets: ${store.imageSets().length}, studies: ${studies.length}, trained networks: ${trained.size}`;
}
