import { existsSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Finding } from '../../common/contract/engine.ts';
import { byteSize, counted } from '../../common/numbers.ts';
import { nvidiaCards } from '../../engine/onnx/gpu/cards.ts';
import { messageOf } from '../../errors.ts';
import { executable } from '../../process/executable.ts';
import { inspectStore } from '../../store/database.ts';
import { exposureOf, freeSpace, prepareHome } from '../home.ts';
import { type Home, readHome, storeFile } from '../opened-home.ts';

/** Bytes that a training of a small network takes, images included, with room to spare. */
const MEMORY_FOR_A_TRAINING = 2 ** 30;

export function examineNode(): Finding {
  const { node } = executable('trainer');
  const same = node === process.execPath ? 'trainings run on the same' : `trainings run on ${node}`;
  return { name: 'Node', status: 'ok', text: `Node ${process.versions.node} at ${process.execPath}; ${same}.` };
}

export function examinePlatform(): Finding {
  const { platform, arch } = process;
  return { name: 'platform', status: 'ok', text: `${platform} ${arch}, release ${release()}.` };
}

export function examineProcessor(): Finding {
  const cores = availableParallelism();
  const processors = cpus();
  const limited = cores < processors.length ? ` of ${processors.length}` : '';
  const model = processors.at(0)?.model.trim() || 'unknown model';
  const text = `${cores}${limited} core${cores === 1 ? '' : 's'} may be used (${model}).`;
  return { name: 'processor', status: 'ok', text };
}

export function examineMemory(): Finding {
  // Containers and services may be given less than the machine has.
  const limit = process.constrainedMemory();
  const limited = limit > 0 && limit < totalmem();
  const total = limited ? limit : totalmem();
  const available = process.availableMemory();
  const text = `${byteSize(total)} of memory${limited ? ' allowed to this process' : ''}, ${byteSize(available)} of it free.`;
  if (available >= MEMORY_FOR_A_TRAINING) return { name: 'memory', status: 'ok', text };
  return {
    name: 'memory',
    status: 'note',
    text: `${text} A training needs about ${byteSize(MEMORY_FOR_A_TRAINING)}: close other programs, or run one training at a time with --workers 1.`,
  };
}

/** Nothing where there are no cards of NVIDIA. */
export async function examineCards(): Promise<Finding[]> {
  const names = (await nvidiaCards()).map(({ name }) => name);
  if (names.length === 0) return [];
  const several =
    names.length > 1 ? ' With the engine onnx-cuda they share the trainings, and --workers is for each.' : '';
  return [
    { name: 'graphics cards', status: 'ok', text: `${counted(names.length, 'card')}: ${names.join(', ')}.${several}` },
  ];
}

/** Bytes below which a checkpoint and its successor do not fit beside a growing store. */
const TOO_LITTLE = 200 * 2 ** 20;
const LITTLE = 5 * 2 ** 30;

/** Creates a missing folder, as every command does, because only that shows whether it can be written. */
export function examineHome(home: string): Finding {
  try {
    prepareHome(home);
    const exposure = exposureOf(home);
    const text = `${home} can be written.${exposure === undefined ? '' : ` ${exposure}`}`;
    return { name: 'home folder', status: exposure === undefined ? 'ok' : 'note', text };
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
    return { name, status: 'note', text: `The free space for ${home} could not be determined (${messageOf(error)}).` };
  }
}

export async function examineStore(home: string): Promise<Finding> {
  const name = 'store';
  const file = storeFile(home);
  if (!existsSync(file)) return { name, status: 'ok', text: `${file} will be made by the first import or study.` };
  try {
    const { version } = inspectStore(file);
    return { name, status: 'ok', text: `${file} is intact, version ${version} (${await readHome(home, contents)}).` };
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
