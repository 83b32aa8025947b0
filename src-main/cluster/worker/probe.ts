import { availableParallelism, cpus, hostname } from 'node:os';
import { join } from 'node:path';
import type { EngineName } from '../../common/choices.ts';
import { nvidiaCards } from '../../engine/onnx/gpu/cards.ts';
import { loadEngine } from '../../engine/select.ts';
import { messageOf } from '../../errors.ts';
import type { Found } from '../found.ts';
import { writeWhole } from '../spool/safe-files.ts';

/** Writes into a folder what this node is. */
export async function probeNode(
  folder: string,
  engine: EngineName,
  { environment, home }: { readonly environment: NodeJS.ProcessEnv; readonly home: string },
): Promise<void> {
  let [version, problem]: (string | null)[] = [null, null];
  try {
    version = (await loadEngine(engine, { home })).version;
  } catch (error) {
    problem = messageOf(error).slice(0, 1000);
  }
  const found: Found = {
    node: environment.SLURMD_NODENAME ?? hostname(),
    processor: cpus().at(0)?.model.trim() || 'unknown',
    cores: Number(environment.SLURM_CPUS_ON_NODE) || availableParallelism(),
    nodeVersion: process.versions.node,
    engine: version,
    engineProblem: problem,
    gpus: (await nvidiaCards(environment)).map(({ name }) => name),
  };
  writeWhole(join(folder, 'found.json'), JSON.stringify(found));
}
