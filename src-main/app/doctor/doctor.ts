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
  const libraries = Promise.all([examineImages(), examineEngines(home)]);
  const folder = examineHome(home);
  const disk = folder.status === 'ok' ? [await examineDisk(home), await examineStore(home)] : [];
  const [images, engines] = await libraries;
  return [
    examineNode(),
    examinePlatform(),
    examineProcessor(),
    examineMemory(),
    ...(await examineCards()),
    folder,
    ...disk,
    examineSqlite(),
    images,
    ...engines,
  ];
}
