import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../src-main/errors.ts';
import { faultLayer, LAYER_MISSING, run } from './fault-layer.ts';
import type { Attack, Part, Target, Verdict } from './part.ts';
import { losePower } from './unsynced.ts';
import { examineHome, makeModels, workloads, type Workload } from './workloads.ts';

const PATIENCE = 120_000;

/**
 * A machine that loses its power at any change to the disk, before it, after it or in the midst of a write; what was not
 * synced is there afterwards or not, in any order. One in four has a clock that jumps by days.
 */
export const kills: Part = {
  name: 'kills',
  about: 'power cuts at every write, with torn and reordered ones, and two processes on one home',
  few: 6,
  patience: 2 * PATIENCE,
  async open(folder) {
    if (faultLayer() === undefined) process.stderr.write(`${LAYER_MISSING}\n`);
    return new PowerCuts(workloads(await makeModels(folder)));
  },
};

/** Draws one by its weight. */
export function drawn(all: readonly Workload[], random: Attack['random']): Workload {
  let place = random.integer(all.reduce((sum, { weight }) => sum + weight, 0));
  return all.find(({ weight }) => (place -= weight) < 0)!;
}

class PowerCuts implements Target {
  readonly #workloads: readonly Workload[];

  constructor(all: readonly Workload[]) {
    this.#workloads = all;
  }

  async attack({ random, folder }: Attack): Promise<Verdict> {
    const workload = drawn(this.#workloads, random);
    const how = (['before', 'after', 'torn'] as const)[random.integer(3)];
    const at = 1 + random.integer(workload.changes);
    const clock = random.integer(4) === 0 ? 1 + random.integer(1000) : 0;
    const twice = random.integer(10) === 0;
    const attack = `${workload.name}: power lost at change ${at}, ${how}${clock ? ', with a clock that jumps' : ''}${twice ? ', two processes' : ''}`;
    if (faultLayer() === undefined) return { outcome: 'survived', attack };
    const home = join(folder, 'home');
    const notes = join(folder, 'notes');
    mkdirSync(notes);
    const words = workload.prepare(home);
    const begin = () => run([home, ...words], { root: folder, notes, at, how, log: true, clock }, PATIENCE);
    const ends = await Promise.all(twice ? [begin(), begin()] : [begin()]);
    for (const { hung, code, said } of ends) {
      if (hung) return { outcome: 'hung', attack, found: said };
      if (code === 70) return { outcome: 'misreported', attack, found: said };
      if (code === 1 && !(twice && /^Another Transplant/.test(said)))
        return { outcome: 'misreported', attack, found: said };
    }
    losePower(folder, notes, random);
    try {
      const wrong = await examineHome(
        workload,
        home,
        ends.flatMap(({ lines }) => lines),
      );
      return wrong === undefined ? { outcome: 'survived', attack } : { outcome: 'lost', attack, found: wrong };
    } catch (error) {
      return { outcome: 'lost', attack, found: `it can't be opened or gone on with: ${messageOf(error)}` };
    }
  }

  async close(): Promise<void> {}
}
