import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { byteSize, duration } from '../../common/numbers.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { superviseChild, type ChildEnd } from '../../process/supervised-child.ts';
import type { Task, TaskMessage, TaskProgress, TaskResult } from './task.ts';

export interface RunTaskOptions<Progress> {
  /** Stops the work within five seconds. Cancelled is thrown then, unless the work ended otherwise in that time. */
  readonly signal?: AbortSignal;
  /** Called at most ten times a second, and with the last progress in any case. An error that it throws ends the work. */
  readonly onProgress?: (progress: Progress) => void;
  /** The id of the process. */
  readonly onSpawn?: (pid: number) => void;
  /** What the work may take. Absent: for a stranger's file what its size warrants, otherwise anything. */
  readonly budget?: Budget;
}

interface Budget {
  readonly milliseconds: number;
  /** Megabytes of objects. */
  readonly heap: number;
}

/** Milliseconds that a stopped process gets to exit by itself: an import first removes what it has written. */
const PATIENCE = 5000;

/**
 * Performs a task in a process of its own. When this settles, the process is gone and its memory free. The process also
 * ends with ours, however that ends.
 *
 * Errors: the task's own UserErrors; a UserError for a process that crashed; Cancelled; an Error with the task's stack
 * for a bug.
 */
export async function runTask<Type extends Task['type']>(
  task: Extract<Task, { type: Type }>,
  options: RunTaskOptions<TaskProgress<Type>> = {},
): Promise<TaskResult<Type>> {
  const { signal, onProgress, onSpawn, budget = budgetOf(task) } = options;
  if (signal?.aborted) throw new Cancelled();
  const late = budget && AbortSignal.timeout(budget.milliseconds);
  let final: FinalMessage<Type> | undefined;
  const onMessage = (message: TaskMessage<Type>) => {
    if (message.type === 'progress') onProgress?.(message.progress);
    else final = message;
    return final !== undefined;
  };
  const end = await superviseChild<TaskMessage<Type>>('task', {
    ...{ work: task, patience: PATIENCE, onMessage, onSpawn, heap: budget?.heap },
    signal: AbortSignal.any([signal, late].filter((one) => one !== undefined)),
  });
  if (late?.aborted && !signal?.aborted && final?.type !== 'result')
    throw beyondBudget(task, `was given up after ${duration(budget!.milliseconds / 1000)}`);
  if (!final && budget && /heap out of memory/.test(end.lines))
    throw beyondBudget(task, `was given up at ${byteSize(budget.heap * 2 ** 20)} of memory`);
  if (!final) throw signal?.aborted ? new Cancelled() : crashOf(task, end);
  switch (final.type) {
    case 'result':
      return final.result;
    case 'cancelled':
      throw new Cancelled();
    case 'user-error':
      throw new UserError(final.message, { usage: final.usage });
    case 'error':
      throw Object.assign(new Error(final.message), { stack: final.stack });
  }
}

/** For none and for each MiB of a stranger's file. A sound one takes a tenth of it. */
const MILLISECONDS = { least: 60_000, each: 1000, image: 2000 };
const HEAP = { least: 512, each: 64, most: 4096 };

/** Images that a quick look reads, at most. */
const LOOKED_AT = 10_000;

/** A stranger's file that a task reads, and the images that it looks at beside it. */
function strangerOf(task: Task): { readonly file: string; readonly images: number } | undefined {
  if (task.type === 'unpack' || task.type === 'pretrained' || task.type === 'keep-network')
    return { file: task.file, images: 0 };
  if ((task.type !== 'ask' && task.type !== 'quick-look') || !('file' in task.network)) return undefined;
  return { file: task.network.file, images: task.type === 'ask' ? task.images.length : LOOKED_AT };
}

function budgetOf(task: Task): Budget | undefined {
  const stranger = strangerOf(task);
  if (!stranger) return undefined;
  // A file that can't be examined is the task's to complain of.
  const size = (statSync(stranger.file, { throwIfNoEntry: false })?.size ?? 0) / 2 ** 20;
  const { least, each, image } = MILLISECONDS;
  return {
    milliseconds: Math.ceil(least + each * size + image * stranger.images),
    heap: Math.min(HEAP.most, Math.ceil(HEAP.least + HEAP.each * size)),
  };
}

const beyondBudget = (task: Task, what: string): UserError =>
  new UserError(
    `${doing(task)} ${what}, which is more than its size warrants: it is damaged or was made to do harm. Nothing was changed.`,
  );

type FinalMessage<Type extends Task['type']> = Exclude<TaskMessage<Type>, { type: 'progress' }>;

/** Says in one sentence what was being done when a task's process ended, and why; its last output is the cause. */
function crashOf(task: Task, { how, started, outOfMemory, lines }: ChildEnd): UserError {
  const cause = new Error(lines || 'The process wrote nothing.');
  if (!started)
    return new UserError(
      `${doing(task)} could not begin because its process ${how}; "npx transplant doctor" examines what it needs.`,
      { cause },
    );
  return new UserError(
    `${doing(task)} broke off because its process ${how}${outOfMemory ? ', probably because memory ran out' : ''}; nothing that is stored was lost, so ${outOfMemory ? 'close other programs and try again' : 'try again'}.`,
    { cause },
  );
}

function doing(task: Task): string {
  switch (task.type) {
    case 'import':
      return `Importing ${task.path}`;
    case 'read-import':
      return `Reading ${task.path}`;
    case 'health':
      return `Comparing the images in ${task.folder}`;
    case 'suspects':
      return 'Looking for wrong labels';
    case 'leave-out':
      return `Leaving images of ${task.folder} out`;
    case 'relabel':
      return `Storing ${task.folder} with other class names`;
    case 'dead-leaves':
      return 'Making dead leaves';
    case 'verify':
      return `Checking the images in ${task.imageSets.join(' and ')}`;
    case 'check-files':
      return `Reading the stored files in ${task.home}`;
    case 'copy-home':
      return `Copying the home folder to ${task.to}`;
    case 'look-transfer':
    case 'look-table':
      return 'Looking at the layers';
    case 'report':
      return `Writing the report of study ${task.study}`;
    case 'figure':
      return 'Making a picture of a figure';
    case 'pack':
      return `Packing study ${task.study}`;
    case 'save-network':
      return `Saving a network to ${task.file}`;
    case 'unpack':
      return `Unpacking ${task.file}`;
    case 'pretrained':
    case 'keep-network':
      return `Reading the pretrained file ${basename(task.file)}`;
    case 'measure':
      return `Measuring how fast ${task.network.name} is`;
    case 'look':
      return 'Searching for images that excite the units of the network';
    case 'visualise':
      return `Drawing preferred inputs of units of layer ${task.n}`;
    case 'predict':
      return 'Working out the cheap predictors';
    case 'file-filters':
      return `Reading the filters of ${basename(task.file)}`;
    case 'fit':
    case 'search-fits':
      return 'Fitting functions to the filters';
    case 'quick-look':
      return 'Looking at the layers of the network';
    case 'ask':
      return 'Asking the network';
    case 'match':
      return 'Matching the filters of two networks';
  }
}
