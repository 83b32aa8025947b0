import type { DeletedThing } from '../../src-main/common/contract/bin.ts';
import { Attempt } from './ask.svelte.ts';
import { goTo } from './route.svelte.ts';
import { session } from './session.svelte.ts';

type Thing = Pick<DeletedThing, 'kind' | 'id' | 'name'>;

/** What was deleted last on this page, until it is undone or something else is looked at. */
class Deletion {
  last = $state.raw<Thing>();
  readonly undoing = new Attempt();

  /** Brings it back, and shows it. */
  async undo(): Promise<void> {
    if (this.last) await this.restore(this.last);
  }

  async restore({ kind, id }: Pick<Thing, 'kind' | 'id'>): Promise<void> {
    if (!(await this.undoing.run(() => session.api.bin.restore({ kind, id })))) return;
    if (this.last?.id === id) this.last = undefined;
    goTo(kind === 'study' ? 'results' : 'data', id);
    document.getElementById('content')?.focus();
  }
}

export const deletion = new Deletion();
