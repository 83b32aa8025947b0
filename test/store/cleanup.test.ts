import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  removeCheckpointFiles,
  removeOrphans,
  removePretrained,
  removeUnfinishedPretrained,
} from '../../src-main/store/cleanup.ts';
import { openStore } from '../../src-main/store/open.ts';
import { placed, study } from './examples.ts';
import { temporaryFolder } from './temporary-folder.ts';

const RUN = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

function homeWith(files: readonly string[]): string {
  const home = temporaryFolder();
  for (const file of ['checkpoints/.keep', ...files]) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), 'content');
  }
  return home;
}

const filesOf = (home: string): string[] =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1))
    .sort();

test('checkpoints that no run refers to are removed, and nothing that is not a checkpoint of ours', () => {
  const kept = [
    `checkpoints/${RUN}/step-20.safetensors`,
    `checkpoints/${RUN}/my notes.txt`,
    `checkpoints/${RUN}/step-5.safetensors.bak`,
    `checkpoints/${RUN}/best.safetensors`,
    'checkpoints/my-models/step-3.safetensors',
    'checkpoints/step-3.safetensors',
    `data/${RUN}/step-3.safetensors`,
  ];
  const orphans = [
    `checkpoints/${RUN}/step-30.safetensors`,
    `checkpoints/${RUN}/step-40.safetensors.123.part`,
    `checkpoints/${OTHER}/step-1.safetensors`,
  ];
  const home = homeWith([...kept, ...orphans]);
  const store = openStore(join(temporaryFolder(), 'transplant.sqlite'));
  store.addStudy(study('s1'), [placed(RUN, 'baseA')]);
  store.addCheckpoint({ run: RUN, step: 20, file: kept[0], sha256: 'x', bytes: 7, final: false });
  expect(removeOrphans(home, store)).toEqual(orphans);
  expect(filesOf(home)).toEqual(['checkpoints/.keep', ...kept].sort());
  expect(existsSync(join(home, 'checkpoints', OTHER))).toBe(false);
  expect(removeOrphans(home, store)).toEqual([]);
  store.close();
});

test('a superseded checkpoint is removed, once or twice', () => {
  const files = [`checkpoints/${RUN}/step-10.safetensors`, `checkpoints/${RUN}/step-20.safetensors`];
  const home = homeWith(files);
  removeCheckpointFiles(home, [{ file: files[0] }]);
  removeCheckpointFiles(home, [{ file: files[0] }]);
  expect(filesOf(home)).toEqual(['checkpoints/.keep', files[1]]);
});

test('pretrained networks that nobody needs are removed, and nothing else in their folder, nor what it is a link to', () => {
  const files = [`${RUN}.safetensors`, `${OTHER}.safetensors`, 'mine.safetensors', `${OTHER}.safetensors.bak`];
  const home = homeWith(files.map((file) => `pretrained/${file}`));
  mkdirSync(join(home, 'pretrained', `${'c'.repeat(64)}.safetensors`));
  removePretrained(home, (sha256) => sha256 === RUN);
  removeUnfinishedPretrained(home);
  expect(readdirSync(join(home, 'pretrained')).sort()).toEqual(
    [`${'c'.repeat(64)}.safetensors`, ...files.filter((file) => file !== files[1])].sort(),
  );
  const linked = homeWith([]);
  symlinkSync(join(home, 'pretrained'), join(linked, 'pretrained'));
  removePretrained(linked, () => false);
  expect(existsSync(join(home, 'pretrained', files[0]))).toBe(true);
  removePretrained(homeWith([]), () => false);
});

test('a store that somebody prepared can not have other files deleted', () => {
  const home = homeWith(['transplant.sqlite', 'step-1.safetensors', `data/${RUN}/step-1.safetensors`]);
  const outside = homeWith([`${RUN}/step-1.safetensors`]);
  symlinkSync(join(outside, RUN), join(home, 'checkpoints', RUN));
  const before = [filesOf(home), filesOf(outside)];
  const piece = fc.constantFrom('..', '.', '', 'checkpoints', 'data', RUN, 'step-1.safetensors', 'transplant.sqlite');
  const path = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('/'));
  fc.assert(fc.property(path, (file) => removeCheckpointFiles(home, [{ file }])));
  removeCheckpointFiles(home, [{ file: `checkpoints/${RUN}/step-1.safetensors` }]);
  const store = openStore(join(temporaryFolder(), 'transplant.sqlite'));
  removeOrphans(home, store);
  store.close();
  expect([filesOf(home), filesOf(outside)]).toEqual(before);
});
