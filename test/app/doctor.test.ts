import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examineMachine } from '../../src-main/app/doctor/doctor.ts';
import type { Finding } from '../../src-main/common/contract/engine.ts';
import { examineHome, examineStore } from '../../src-main/app/doctor/machine.ts';
import { tryOut } from '../../src-main/app/doctor/libraries.ts';
import { MIGRATIONS } from '../../src-main/store/migrate.ts';
import { openStore } from '../../src-main/store/open.ts';
import { imageSet, placed, study } from '../store/examples.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

test('a machine that the tests pass on has no problems, and every finding is a sentence', async () => {
  const home = join(temporaryFolder(), 'new');
  const findings = await examineMachine(home);
  const byName = Object.fromEntries(findings.map((finding) => [finding.name, finding])) as Record<string, Finding>;
  expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
  for (const { text } of findings) {
    expect(text).toMatch(/^[^\n]+\.$/);
    expect(text).not.toMatch(/undefined|NaN|\.\./);
  }
  expect(byName['home folder'].text).toContain(home);
  expect(byName.store.text).toContain('will be made');
  expect(byName.images.text).toContain('JPEG, PNG, WebP, GIF, TIFF, AVIF');
  expect(byName['engine onnx']).toMatchObject({ status: 'ok' });
  expect(byName['engine onnx'].text).toContain('used by default');
  expect(byName['engine tensorflow'].text).toMatch(/onnx|--engine tensorflow/);
  expect(byName['engine onnx-webgpu'].text).toMatch(/WebGPU/);
  expect(byName['engine onnx-cuda'].text).toMatch(/CUDA/);
});

test('a home that can not be used is a problem, and the rest is examined all the same', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, 'mine');
  expect(examineHome(file)).toMatchObject({ status: 'problem' });
  const findings = await examineMachine(file);
  expect(findings.filter(({ status }) => status === 'problem').map(({ name }) => name)).toEqual(['home folder']);
});

test('a store is counted, while another process may work in it', async () => {
  const home = temporaryFolder();
  const store = openStore(join(home, 'transplant.sqlite'));
  store.addImageSet(imageSet('i1'));
  store.addStudy(study('s1'), [placed('k1', 'baseA'), placed('k2', 'baseB')]);
  store.updateRun('k1', { status: 'running' });
  store.updateRun('k1', { status: 'finished', correct: 8, total: 10 });
  expect(await examineStore(home)).toMatchObject({ status: 'ok' });
  expect((await examineStore(home)).text).toContain(
    `version ${MIGRATIONS.length} (image sets: 1, studies: 1, trained networks: 1)`,
  );
  store.close();
});

test('a damaged store is a problem that names the file, which stays as it is', async () => {
  const home = temporaryFolder();
  const file = join(home, 'transplant.sqlite');
  openStore(file).close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 8192, 12_288);
  writeFileSync(file, bytes);
  const finding = await examineStore(home);
  expect(finding.status).toBe('problem');
  expect(finding.text).toContain(`The store ${file} is damaged`);
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test.each([
  ['is killed', `process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000)`, 'its process ended with SIGSEGV'],
  [
    'throws',
    `throw new Error('libfoo.so.2: cannot open shared object file')`,
    'ended with code 1, saying "Error: libfoo',
  ],
  ['says why', `console.error('no such processor'); process.exit(3)`, 'ended with code 3, saying "no such processor"'],
])('a library that %s while it is tried costs its own process only', async (_, script, saying) => {
  const entry = join(temporaryFolder(), 'trial.ts');
  writeFileSync(entry, script);
  expect((await tryOut('onnx', { entry })).failure).toContain(saying);
});
