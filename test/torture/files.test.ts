import { expect, test } from 'vitest';
import { campaign, report } from '../../tools/torture/campaign.ts';
import { files } from '../../tools/torture/files.ts';

test('damaged files of every kind are taken or refused in a sentence, soon and in little memory', async () => {
  const seed = Number(process.env.TRANSPLANT_TEST_SEED ?? 1);
  const result = await campaign(files, { seed, attacks: files.few });
  expect(report([result])).toMatch(new RegExp(`^files +${seed} +${files.few} +${files.few} +0 +0 +0 `, 'm'));
});
