import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { examineCards } from '../../src-main/app/doctor/machine.ts';
import { nvidiaCards } from '../../src-main/engine/onnx/gpu/cards.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';
import { trainers } from '../process/trainers.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { createTinyHome, runTinyStudy, tinyProtocol } from '../study/tiny-study.ts';

/** A driver with two cards, as its program lists them. */
function driver(): NodeJS.ProcessEnv {
  const folder = temporaryFolder();
  const file = join(folder, 'nvidia-smi');
  writeFileSync(file, '#!/bin/sh\necho "0, GPU-aaaa-1, Tesla A"\necho "1, GPU-bbbb-2, Tesla B"\n');
  chmodSync(file, 0o755);
  return { PATH: `${folder}:/bin:/usr/bin` };
}

it.skipIf(process.platform === 'win32').each<[string | undefined, [string, string][]]>([
  [
    undefined,
    [
      ['GPU-aaaa-1', 'Tesla A'],
      ['GPU-bbbb-2', 'Tesla B'],
    ],
  ],
  ['1', [['1', 'Tesla B']]],
  ['GPU-bbbb', [['GPU-bbbb', 'Tesla B']]],
  ['MIG-cc', [['MIG-cc', 'MIG-cc']]],
  ['', []],
  ['-1', []],
])('cards are those that CUDA_VISIBLE_DEVICES leaves: %s', async (visible, cards) => {
  const environment = driver();
  if (visible !== undefined) environment.CUDA_VISIBLE_DEVICES = visible;
  expect(await nvidiaCards(environment)).toEqual(cards.map(([id, name]) => ({ id, name })));
});

it('there are none without a driver', async () => {
  expect(await nvidiaCards({ PATH: temporaryFolder() })).toEqual([]);
});

it.skipIf(process.platform === 'win32')('Engine names the cards, and what --workers is then', async () => {
  for (const [name, value] of Object.entries(driver())) vi.stubEnv(name, value);
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect((await examineCards()).map(({ text }) => text)).toEqual([
    '2 cards: Tesla A, Tesla B. With the engine onnx-cuda they share the trainings, and --workers is for each.',
  ]);
});

function cardOf(pid: number): string | undefined {
  try {
    return /(?:^|\0)CUDA_VISIBLE_DEVICES=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1];
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

it.skipIf(process.platform !== 'linux')(
  'trainings at once are on cards of their own, which is all that CUDA sees',
  { timeout: 180_000 },
  async () => {
    const tiny = await createTinyHome();
    const seen = new Set<string>();
    /** Each look goes through all processes of the machine. */
    let looks = 0;
    const watch = ({ type }: StudyEvent) => {
      if (type !== 'run-message' || seen.has('GPU-a,GPU-b') || (looks += 1) > 50) return false;
      const cards = trainers().flatMap((pid) => cardOf(pid) ?? []);
      seen.add(cards.sort().join());
      return false;
    };
    try {
      const protocol = tinyProtocol(tiny.index, { treatments: ['transfer'] });
      const { outcome } = await runTinyStudy(tiny, protocol, watch, undefined, ['GPU-a', 'GPU-b']);
      expect(outcome).toMatchObject({ done: 3, failed: 0 });
      expect([...seen]).toContain('GPU-a,GPU-b');
      expect([...seen].filter((cards) => /(GPU-.).*\1/.test(cards))).toEqual([]);
    } finally {
      tiny.dispose();
    }
  },
);
