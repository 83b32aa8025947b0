import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { byteSize } from '../../common/numbers.ts';
import { executable } from '../../process/executable.ts';
import type { Finding } from '../../api/contract/engine.ts';

/** What a training of the small networks takes, images and all, with room to spare. */
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
