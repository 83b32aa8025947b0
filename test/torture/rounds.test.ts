import { expect, test } from 'vitest';
import { campaign, report } from '../../tools/torture/campaign.ts';
import { disk } from '../../tools/torture/disk.ts';
import { host } from '../../tools/torture/host.ts';
import { kills } from '../../tools/torture/kills.ts';
import { store } from '../../tools/torture/store.ts';

test.each([kills, disk, store, host])(
  'a short round of $name loses nothing and reports the truth: $about',
  async (part) => {
    const seed = Number(process.env.TRANSPLANT_TEST_SEED ?? 1);
    const result = await campaign(part, { seed, attacks: part.few });
    expect(report([result])).toMatch(new RegExp(`^${part.name} +${seed} +${part.few} +${part.few} +0 +0 +0 `, 'm'));
  },
  240_000,
);
