import { basename } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Task } from './task.ts';

/** How a process ended that had not said its last word. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** The last lines that it wrote. */
  readonly lines: string;
}

/** In one sentence, what was being done when a task's process ended, and why. What it wrote last is the cause. */
export function crashOf(task: Task, { code, killedBy, lines }: ProcessEnd): UserError {
  // The out-of-memory killer of Linux leaves no other trace than its signal.
  const memory = killedBy === 'SIGKILL' || /out of memory|bad_alloc/i.test(lines);
  const how = killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`;
  return new UserError(
    `${doing(task)} broke off because its process ${how}${memory ? ', probably for want of memory' : ''}; nothing that is stored was lost, so ${memory ? 'close other programs and try again' : 'try again'}.`,
    { cause: new Error(lines || 'It wrote nothing.') },
  );
}

/** The process could not be started at all. */
export function startFailure(task: Task, error: Error): UserError {
  return new UserError(
    `${doing(task)} could not begin because its process could not be started (${error.message}); "npx transplant doctor" examines what it needs.`,
    { cause: error },
  );
}

function doing(task: Task): string {
  switch (task.type) {
    case 'import':
      return `Importing ${task.path}`;
    case 'dead-leaves':
      return 'Making dead leaves';
    case 'verify':
      return `Checking the images in ${task.imageSet}`;
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
      return `Reading the pretrained file ${basename(task.file)}`;
    case 'measure':
      return `Measuring how fast ${task.network.name} is`;
    case 'look':
      return 'Looking for what excites the units of the network';
    case 'visualise':
      return `Drawing what units of layer ${task.n} would like to see`;
    case 'predict':
      return 'Working out the cheap predictors';
    case 'fit':
      return 'Fitting functions to the filters';
    case 'match':
      return 'Matching the filters of two networks';
  }
}
