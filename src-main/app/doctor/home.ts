import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { inspectStore } from '../../store/inspect.ts';
import { openStore } from '../../store/open.ts';
import { freeSpace } from '../free-space.ts';
import { prepareHome } from '../home.ts';
import { bytesText } from './finding.ts';
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
    const text = `${bytesText(free)} free for ${home}.`;
    if (free >= LITTLE) return { name, status: 'ok', text };
    const advice = 'Free some space, or choose another folder with --home DIR or TRANSPLANT_HOME.';
    return { name, status: free < TOO_LITTLE ? 'problem' : 'note', text: `${text} ${advice}` };
  } catch (error) {
    return { name, status: 'note', text: `How much is free for ${home} could not be found out (${messageOf(error)}).` };
  }
}

export function examineStore(home: string): Finding {
  const name = 'store';
  const file = join(home, 'transplant.sqlite');
  if (!existsSync(file)) return { name, status: 'ok', text: `${file} will be made by the first import or study.` };
  try {
    const { version } = inspectStore(file);
    return { name, status: 'ok', text: `${file} is whole, version ${version} (${contents(file)}).` };
  } catch (error) {
    return { name, status: 'problem', text: messageOf(error) };
  }
}

function contents(file: string): string {
  const store = openStore(file, { readOnly: true });
  try {
    const studies = store.studies();
    const runs = studies.flatMap(({ id }) => store.studyRuns(id)).map(({ record }) => record);
    const trained = new Set(runs.filter(({ status }) => status === 'finished').map(({ key }) => key));
    return `image sets: ${store.imageSets().length}, studies: ${studies.length}, trained networks: ${trained.size}`;
  } finally {
    store.close();
  }
}
