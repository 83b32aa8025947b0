import type { Reject } from '../image-set.ts';
import { printable } from './names.ts';

/** So many rejects are listed by name. Further ones are only counted, because they would fill the index. */
const MOST_NAMED = 10_000;

/** The list of the files that are left out of an image set. */
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
