import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { campaign, repeatCommand, report } from '../../tools/torture/campaign.ts';
import type { Attack, Outcome, Part } from '../../tools/torture/part.ts';

/** A part of which each attack draws a number, and ends as `verdict` says. */
function part(verdict: (attack: Attack) => Promise<Outcome>, patience = 60_000) {
  const drawn: [number, number][] = [];
  const folders: string[] = [];
  const made: Part = {
    ...{ name: 'made-up', about: 'nothing', few: 1, patience },
    open: async () => ({
      attack: async (attack) => {
        drawn.push([attack.number, attack.random.integer(1e6)]);
        folders.push(attack.folder);
        writeFileSync(join(attack.folder, 'file'), '');
        return { outcome: await verdict(attack), attack: `attack ${attack.number}`, found: 'what was seen' };
      },
      close: async () => {},
    }),
  };
  return { made, drawn, folders };
}

test('the same seed gives the same attacks, one of them alone too, and another seed others', async () => {
  const attacks = async (options: { seed: number; attacks?: number; only?: number }) => {
    const { made, drawn } = part(async () => 'survived');
    await campaign(made, options);
    return drawn;
  };
  const all = await attacks({ seed: 1, attacks: 6 });
  expect(await attacks({ seed: 1, attacks: 6 })).toEqual(all);
  expect(await attacks({ seed: 1, only: 4 })).toEqual([all[4]]);
  expect(await attacks({ seed: 2, attacks: 6 })).not.toEqual(all);
});

test('the report counts each outcome and names the command that repeats a failure', async () => {
  const ends: Outcome[] = ['survived', 'lost', 'survived', 'misreported'];
  const { made, folders } = part(async ({ number }) => ends[number]);
  const result = await campaign(made, { seed: 7, attacks: 4 });
  const text = report([result]);
  expect(text.split('\n')[1]).toMatch(/^made-up +7 +4 +2 +1 +0 +1 /);
  expect(text).toContain(`lost: attack 1\n  what was seen\n  ${repeatCommand('made-up', 7, 1)}`);
  expect(repeatCommand('made-up', 7, 1)).toBe('npm run torture -- made-up --seed 7 --only 1');
  expect(folders.filter(existsSync)).toEqual([]);
});

test('an attack that throws is no survivor, and one that never ends is hung', async () => {
  const thrown = await campaign(part(() => Promise.reject(new Error('broken'))).made, { seed: 1, attacks: 1 });
  expect(thrown.counts).toMatchObject({ survived: 0, misreported: 1 });
  expect(thrown.failures[0].found).toMatch(/^Error: broken/);
  const endless = await campaign(part(() => new Promise(() => {}), 5).made, { seed: 1, attacks: 1 });
  expect(endless.counts).toMatchObject({ survived: 0, hung: 1 });
});

test('no attack begins when the time is over', async () => {
  const { made, drawn } = part(async () => 'survived');
  await campaign(made, { seed: 1, duration: 0 });
  expect(drawn).toEqual([]);
});
