import type { Reject } from '../image-set.ts';
import { printable } from './names.ts';

/** Named one by one up to here; more would only fill the index, and are counted. */
const MOST_NAMED = 10_000;

/** The list of what is left out. */
export class Rejects {
  readonly list: Reject[] = [];
  count = 0;

  add({ file, reason }: Reject): void {
    this.count++;
    const more = this.count - MOST_NAMED;
    if (more <= 0) this.list.push({ file: printable(file), reason: printable(reason) });
    else this.list[MOST_NAMED] = { file: '...', reason: `${more} more left out` };
  }
}
