import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { licencesText } from '../../packaging/licences.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');

function made(name: string, licence?: string): string {
  const folder = join(temporaryFolder(), name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', license: 'MIT' }));
  if (licence !== undefined) writeFileSync(join(folder, 'LICENSE.md'), licence);
  return folder;
}

test('licences stand below the names of all packages that have them, after our own', () => {
  const text = licencesText(ROOT, [
    made('zebra', 'As you like.'),
    made('ant', 'As you like.'),
    made('bee', 'With honey.'),
  ]);
  const [own, ...others] = text.split(/^=+\n/m);
  expect(own).toMatch(/^Transplant\n\nMIT License/);
  expect(others.map((section) => section.trim())).toEqual([
    'ant 1.2.3, MIT\nzebra 1.2.3, MIT\n\nAs you like.',
    'bee 1.2.3, MIT\n\nWith honey.',
    expect.stringMatching(/^DejaVu fonts 2\.37/),
  ]);
});

test('a package without a licence ends the build', () => {
  expect(() => licencesText(ROOT, [made('secret')])).toThrow(/^secret 1\.2\.3 has no licence text in /);
});
