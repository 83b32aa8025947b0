import { z } from 'zod';
import { procedure } from './procedure.ts';

const id = z.int();

/** Studies that wait for the one that is under way; `home.watch` lists them. */
export const queue = {
  /** Moves one to a place, 0 for the next. */
  move: procedure.input(z.object({ id, place: z.int().nonnegative() })),
  /** Takes one out. */
  remove: procedure.input(z.object({ id })),
  /** Goes on with a queue that is held: the next one begins as soon as nothing is under way. */
  goOn: procedure,
};
