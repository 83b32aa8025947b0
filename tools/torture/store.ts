import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../src-main/errors.ts';
import type { RandomStream } from '../../src-main/random.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { Store } from '../../src-main/store/records.ts';
import type { Attack, Part, Target, Verdict } from './part.ts';
import { contentOf, fillStore } from './store-content.ts';

/** Damage in the file of a store: an error in a sentence, or what was written; never something else. */
export const store: Part = {
  name: 'store',
  about: 'flipped bits, lost sectors, overwritten and missing parts of a store',
  few: 200,
  patience: 60_000,
  async open(folder) {
    const file = join(folder, 'whole.sqlite');
    const whole = openStore(file);
    fillStore(whole);
    const content = contentOf(whole);
    whole.close();
    return new Damages(readFileSync(file), content);
  },
};

const SECTOR = 512;
/** Bytes of a page of SQLite, unless said otherwise. */
export const PAGE = 4096;

/** Changes the bytes and says how. */
const DAMAGES: readonly ((bytes: Buffer, random: RandomStream) => [string, Buffer])[] = [
  (bytes, random) => {
    const flips = 1 + random.integer(3);
    for (let flip = 0; flip < flips; flip++) bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
    return [`${flips} bits flipped`, bytes];
  },
  (bytes, random) => {
    const at = SECTOR * random.integer(bytes.length / SECTOR);
    bytes.fill(0, at, at + SECTOR);
    return [`sector at ${at} lost`, bytes];
  },
  (bytes, random) => {
    const length = random.integer(bytes.length);
    return [`cut off after ${length} bytes`, bytes.subarray(0, length)];
  },
  (bytes, random) => {
    const at = random.integer(bytes.length);
    const length = 1 + random.integer(64);
    for (let i = at; i < Math.min(bytes.length, at + length); i++) bytes[i] = random.integer(256);
    return [`${length} bytes at ${at} overwritten`, bytes];
  },
  (bytes, random) => {
    const [one, other] = [0, 1].map(() => PAGE * (1 + random.integer(bytes.length / PAGE - 1)));
    return [`pages at ${one} and ${other} exchanged`, exchanged(bytes, one, other)];
  },
];

/** Two pages of a store, each in the place of the other. @param one where it begins */
export function exchanged(bytes: Buffer, one: number, other: number): Buffer {
  const changed = Buffer.from(bytes);
  bytes.copy(changed, one, other, other + PAGE);
  bytes.copy(changed, other, one, one + PAGE);
  return changed;
}

class Damages implements Target {
  readonly #whole: Buffer;
  readonly #content: string;

  constructor(whole: Buffer, content: string) {
    this.#whole = whole;
    this.#content = content;
  }

  async attack({ random, folder }: Attack): Promise<Verdict> {
    // Single bits are half of all.
    const damage = DAMAGES[Math.max(0, random.integer(2 * DAMAGES.length) - DAMAGES.length + 1) % DAMAGES.length];
    const [attack, bytes] = damage(Buffer.from(this.#whole), random);
    const file = join(folder, 'transplant.sqlite');
    writeFileSync(file, bytes);
    let opened: Store | undefined;
    try {
      opened = openStore(file);
      if (contentOf(opened) === this.#content) return { outcome: 'survived', attack };
      // A file of no bytes is a store that was never written to.
      if (bytes.length === 0) return { outcome: 'survived', attack };
      return { outcome: 'lost', attack, found: 'it says something else, and no error' };
    } catch (error) {
      if (!(error instanceof UserError)) return { outcome: 'misreported', attack, found: String(error) };
      // Who is told to restore a backup must find what is left as it was.
      if (existsSync(file) && !readFileSync(file).equals(bytes) && /nothing was changed/.test(error.message))
        return {
          outcome: 'misreported',
          attack,
          found: `it says that nothing was changed, and changed it: ${error.message}`,
        };
      return { outcome: 'survived', attack };
    } finally {
      opened?.close();
    }
  }

  async close(): Promise<void> {}
}
