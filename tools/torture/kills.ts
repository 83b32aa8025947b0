import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../src-main/errors.ts';
import { faultLayer, LAYER_MISSING, run } from './fault-layer.ts';
import type { Attack, Part, Target, Verdict } from './part.ts';
import { rebuild, type Recording, recordWorkload } from './recording.ts';
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
    return new PowerCuts(workloads(await makeModels(folder)), folder);
  },
};

/** Draws one by its weight. */
export function drawn(all: readonly Workload[], random: Attack['random']): Workload {
  let place = random.integer(all.reduce((sum, { weight }) => sum + weight, 0));
  return all.find(({ weight }) => (place -= weight) < 0)!;
}

class PowerCuts implements Target {
  readonly #workloads: readonly Workload[];

  readonly #folder: string;
  readonly #recordings = new Map<Workload, Promise<Recording>>();

  constructor(all: readonly Workload[], folder: string) {
    this.#workloads = all;
    this.#folder = folder;
  }

  async attack({ random, folder }: Attack): Promise<Verdict> {
    const workload = drawn(this.#workloads, random);
    const how = (['before', 'after', 'torn'] as const)[random.integer(3)];
    const at = 1 + random.integer(workload.changes);
    const clock = random.integer(4) === 0 ? 1 + random.integer(1000) : 0;
    const twice = random.integer(10) === 0;
    const attack = `${workload.name}: power lost at change ${at}, ${how}${clock ? ', with a clock that jumps' : ''}${twice ? ', two processes' : ''}`;
    if (faultLayer() === undefined) return { outcome: 'survived', attack };
    // One in six is killed; of the others, what would be left is made from what was recorded once.
    if (workload.recorded && random.integer(6) > 0) return this.#cutRecorded(workload, { random, folder });
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
    return this.#verdict(
      workload,
      home,
      ends.flatMap(({ lines }) => lines),
      attack,
    );
  }

  async #cutRecorded(workload: Workload, { random, folder }: Pick<Attack, 'random' | 'folder'>): Promise<Verdict> {
    const root = join(this.#folder, `recorded-${this.#workloads.indexOf(workload)}`);
    let recording = this.#recordings.get(workload);
    if (!recording) this.#recordings.set(workload, (recording = recordWorkload(workload, root, PATIENCE)));
    const recorded = await recording;
    const at = random.integer(recorded.changes.length + 1);
    const torn = random.integer(3) === 0;
    const attack = `${workload.name}: power lost after change ${at} of ${recorded.changes.length}${torn ? ', in the midst of it' : ''}`;
    const promised = rebuild(recorded, folder, { at, torn, random });
    return this.#verdict(workload, join(folder, 'home'), promised, attack);
  }

  async #verdict(workload: Workload, home: string, promised: readonly string[], attack: string): Promise<Verdict> {
    try {
      const wrong = await examineHome(workload, home, promised);
      return wrong === undefined ? { outcome: 'survived', attack } : { outcome: 'lost', attack, found: wrong };
    } catch (error) {
      return { outcome: 'lost', attack, found: `it can't be opened or gone on with: ${messageOf(error)}` };
    }
  }

  async close(): Promise<void> {}
}
