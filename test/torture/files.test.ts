import { afterAll, describe, expect, test } from 'vitest';
import { campaign, report } from '../../tools/torture/campaign.ts';
import { files, Readers } from '../../tools/torture/files.ts';
import { hostileFiles } from '../../tools/torture/hostile.ts';
import { studyEntries } from '../../tools/torture/originals.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

test('damaged files of every kind are taken or refused in a sentence, soon and in little memory', async () => {
  const seed = Number(process.env.TRANSPLANT_TEST_SEED ?? 1);
  const result = await campaign(files, { seed, attacks: files.few });
  expect(report([result])).toMatch(new RegExp(`^files +${seed} +${files.few} +${files.few} +0 +0 +0 `, 'm'));
});

describe('a small file takes no more time and memory than is its share', async () => {
  const hostile = await hostileFiles(await studyEntries());
  const readers = new Readers([], hostile);
  afterAll(() => readers.close());

  test.each(hostile)('$name', { timeout: 180_000 }, async (one) => {
    expect(await readers.flood(one, one.most, temporaryFolder())).toMatchObject({ outcome: 'survived' });
  });
});
