import Database from 'better-sqlite3';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { RandomStream } from '../../src-main/random.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { Store } from '../../src-main/store/records.ts';
import { exchanged, PAGE } from '../../tools/torture/store.ts';
import { contentOf, fillStore } from '../../tools/torture/store-content.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('a bit that flips in the file of a store is an error in a sentence, or changes nothing that it says', () => {
  const file = join(temporaryFolder(), 'transplant.sqlite');
  const whole = openStore(file);
  fillStore(whole);
  const content = contentOf(whole);
  whole.close();
  const bytes = readFileSync(file);
  const random = new RandomStream(Number(process.env.TRANSPLANT_TEST_SEED ?? 1), 'bit flips');
  const outcomes = { same: 0, error: 0, other: [] as number[], bug: [] as string[] };
  for (let flip = 0; flip < 400; flip++) {
    const bit = Math.floor(random.uniform() * bytes.length * 8);
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    writeFileSync(file, damaged);
    let store: Store | undefined;
    try {
      store = openStore(file);
      if (contentOf(store) === content) outcomes.same += 1;
      else outcomes.other.push(bit);
    } catch (error) {
      if (error instanceof UserError) outcomes.error += 1;
      else outcomes.bug.push(`${bit}: ${String(error)}`);
    } finally {
      store?.close();
    }
  }
  expect(outcomes).toMatchObject({ other: [], bug: [] });
  expect(outcomes.error).toBeGreaterThan(50);
});

test('pages of two tables that have changed places are an error in a sentence', () => {
  const file = join(temporaryFolder(), 'transplant.sqlite');
  const whole = openStore(file);
  fillStore(whole);
  const content = contentOf(whole);
  whole.close();
  const database = new Database(file, { readonly: true });
  const roots = database.prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE type = 'table'").pluck().all();
  database.close();
  const bytes = readFileSync(file);
  const pairs = roots.flatMap((one, at) => roots.slice(at + 1).map((other) => [one, other] as const));
  expect(pairs.length).toBeGreaterThan(60);
  const unnoticed = pairs.filter(([one, other]) => {
    writeFileSync(file, exchanged(bytes, PAGE * (one - 1), PAGE * (other - 1)));
    let store: Store | undefined;
    try {
      store = openStore(file);
      return contentOf(store) !== content;
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return false;
    } finally {
      store?.close();
    }
  });
  expect(unnoticed).toEqual([]);
});
