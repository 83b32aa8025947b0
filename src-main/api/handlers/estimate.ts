import { availableParallelism } from 'node:os';
import type { Desk } from '../../app/desk.ts';
import { estimateStudy } from '../../app/estimate.ts';
import { freeSpace } from '../../app/free-space.ts';
import { measureFor } from '../../app/measurement.ts';
import { planRequest } from '../../app/planning.ts';
import type { RequestedStudy } from '../../app/request.ts';
import { defaultSharedMemory } from '../../app/shared-memory.ts';
import { counted } from '../../common/numbers.ts';
import { divideThreads } from '../../engine/trainer/supervisor.ts';
import type { StudyEstimate } from '../contract/studies.ts';

/** Estimates what a study will take on this machine, from a short measurement of its network. */
export async function estimate(
  desk: Desk,
  request: RequestedStudy,
  workers = availableParallelism(),
  signal?: AbortSignal,
): Promise<StudyEstimate> {
  const { store, home } = desk.application;
  const { protocol, plan, data } = planRequest(desk.application, request);
  const { trainings: busy } = desk.busy;
  const cores = availableParallelism();
  const classes = plan.replicates[0].split.b.length;
  const { network, engine } = protocol;
  const measurement = await measureFor({ network, classes, engine, home, workers, cores }, signal);
  const stored = (key: string) => store.findRun(key)?.status === 'finished';
  const threads = divideThreads(cores, workers);
  return {
    ...estimateStudy({ plan, data, stored, measurement, workers, sharedMemory: defaultSharedMemory() }),
    diskFree: await freeSpace(home),
    memoryFree: process.availableMemory(),
    busy,
    how: `a few seconds of ${network.name} on this machine: ${counted(workers, 'training')} at once, ${counted(threads, 'thread')} each, ${measurement.engineVersion}`,
  };
}
