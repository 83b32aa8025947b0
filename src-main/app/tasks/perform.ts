import type { Task, TaskOf, TaskProgress, TaskResult, TaskType } from './task.ts';

export interface TaskWatch<Type extends TaskType> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TaskProgress<Type>) => void;
}

type Work<Type extends TaskType> = (task: TaskOf<Type>, watch: TaskWatch<Type>) => Promise<TaskResult<Type>>;

/** The work of each task, loaded on demand, so that no task waits for, or fails because of, the libraries of another. */
const WORK: { readonly [Type in TaskType]: Work<Type> } = {
  import: async ({ type: _, ...options }, watch) =>
    (await import('../../data/import/import.ts')).importImages({ ...options, ...watch }),
  'read-import': async ({ type: _, ...options }, { signal }) =>
    (await import('../../data/import/import.ts')).readImport({ ...options, signal }),
  health: async ({ folder }, { signal }) => (await import('../../data/health/health.ts')).healthOf(folder, signal),
  suspects: async (task, watch) => (await import('../answers/suspects.ts')).suspectsOf(task, watch),
  'leave-out': async ({ dataFolder, folder }, { signal }) =>
    (await import('../../data/health/leave-out.ts')).withoutLeaks(dataFolder, folder, signal),
  relabel: async ({ dataFolder, folder, name, names, groups }, { signal }) =>
    (await import('../../data/relabel.ts')).withClassNames(dataFolder, folder, { name, names, groups }, signal),
  'dead-leaves': async ({ type: _, dataFolder, ...options }, watch) =>
    (await import('../../data/dead-leaves/generate.ts')).generateDeadLeaves(dataFolder, options, watch),
  verify: async ({ imageSets, checkpoints = [] }) => (await import('./verify.ts')).verify(imageSets, checkpoints),
  'check-files': async ({ home }) => (await import('../doctor/files.ts')).checkFiles(home),
  'copy-home': async ({ home, to }, watch) => (await import('../move-home/copy.ts')).copyHome(home, to, watch),
  report: async (task, watch) => (await import('./report.ts')).writeStoredReport(task, watch),
  'look-transfer': async (task, { signal }) =>
    (await import('../layers/look-transfer.ts')).storedLookTransfer(task, signal),
  'look-table': async (task, { signal }) => (await import('../layers/look-transfer.ts')).storedLookTable(task, signal),
  figure: async ({ svg }) => (await import('../../study/report/figure-png.ts')).figurePng(svg),
  pack: async (task, { signal }) => (await import('../study-file/pack.ts')).packStudy(task, signal),
  'save-network': async (task) => (await import('../network-file/write.ts')).writeNetworkFile(task),
  unpack: async (task, { signal }) => (await import('../study-file/unpack.ts')).unpackStudy(task, signal),
  pretrained: async ({ file, network, home }) =>
    (await import('../../pretrained/store.ts')).keepPretrained(file, network, home),
  'keep-network': async ({ file, size, home }) => {
    const { keepNetwork } = await import('../../pretrained/keep-network.ts');
    const { readNetwork } = await import('../../pretrained/read-network.ts');
    return keepNetwork(await readNetwork(file, { size }), file, home);
  },
  measure: async (task, { signal }) => (await import('./measure.ts')).measureNetwork(task, signal),
  look: async (task, watch) => (await import('../layers/look.ts')).lookAtLayers(task, watch),
  visualise: async (task, watch) => (await import('../layers/visualise.ts')).visualiseUnits(task, watch),
  fit: async (task, { signal }) => (await import('./fit.ts')).fitBanks(task, signal),
  'search-fits': async (task, { signal }) => (await import('./fit-ahead.ts')).searchFits(task, signal),
  predict: async (task, watch) => (await import('./predict.ts')).predictStoredTransfer(task, watch),
  'quick-look': async (task, watch) => (await import('./quick-look.ts')).lookAtNetwork(task, watch),
  ask: async ({ network, images, threads }, watch) => {
    const asked = await (await import('../answers/network.ts')).networkNamed(network);
    return (await import('../answers/ask.ts')).askNetwork(asked, images, threads, watch);
  },
  'file-filters': async ({ file }) => (await import('../layers/file-filters.ts')).filtersOfFile(file),
  match: async ({ first, second }) =>
    (await import('../../filters/matching/generality.ts')).generalityOf(first, second),
};

/** Performs a task in this process. Throws what the work throws: UserError, Cancelled, or a bug. */
export function performTask<Type extends TaskType>(
  task: TaskOf<Type>,
  watch: TaskWatch<Type>,
): Promise<TaskResult<Type>> {
  // The compiler can't know that the work under a type takes tasks of that type.
  const work = WORK[(task as Task).type] as unknown as Work<Type>;
  return work(task, watch);
}
