import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ImportProgress } from '../../src-main/data/image-set.ts';
import { fitBanks } from '../../src-main/app/tasks/fit.ts';
import { runTask } from '../../src-main/app/tasks/run-task.ts';
import { generateDeadLeaves } from '../../src-main/data/dead-leaves/generate.ts';
import { importImages } from '../../src-main/data/import/import.ts';
import { Cancelled, UserError } from '../../src-main/errors.ts';
import { calibrate } from '../../src-main/filters/fit/calibration.ts';
import { RandomStream } from '../../src-main/random.ts';
import { openStore } from '../../src-main/store/open.ts';
import { imagesOf, writeFolder } from '../data/import-fixtures.ts';
import { tinyNetwork } from '../network/tiny-network.ts';
import { grandchild, hasEnded, isRunning } from '../process/grandchild.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** What a promise is rejected with. */
const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error,
  );

const leaves = (dataFolder: string, trainPerClass = 20) =>
  ({ type: 'dead-leaves', dataFolder, size: 8, trainPerClass, heldOutPerClass: 5, seed: 1 }) as const;
/** Hours of work. */
const endless = (dataFolder: string) => leaves(dataFolder, 1e6);

test('an import in a process of its own stores the same images, and its last progress arrives', async () => {
  const folder = temporaryFolder();
  const path = await writeFolder(join(folder, 'pictures'), {
    ...(await imagesOf(['ant', 'bee'], 6)),
    'ant/text.png': Buffer.from('not an image'),
  });
  const there = join(folder, 'there');
  const progress: ImportProgress[] = [];
  const task = { type: 'import', path, size: 8, dataFolder: there } as const;
  const stored = await runTask(task, { onProgress: (one) => progress.push(one) });
  const here = await importImages({ path, size: 8, dataFolder: join(folder, 'here') });
  expect(stored.index).toEqual(here.index);
  expect(stored.index.rejects).toHaveLength(1);
  expect(readdirSync(there)).toEqual(readdirSync(join(folder, 'here')));
  expect(progress.at(-1)).toEqual({ done: 13, total: 13, rejected: 1 });
});

test('dead leaves are the same, made there or here', async () => {
  const folder = temporaryFolder();
  const { type: _, dataFolder, ...options } = leaves(join(folder, 'there'));
  const { index } = await runTask(leaves(dataFolder));
  expect(index).toEqual((await generateDeadLeaves(join(folder, 'here'), options)).index);
});

test('what a user can mend arrives as such, with its exit code', async () => {
  const dataFolder = temporaryFolder();
  const missing = join(dataFolder, 'nowhere');
  const error = await rejection(runTask({ type: 'import', path: missing, size: 8, dataFolder }));
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ message: `There is nothing at ${missing}: check the path.`, exitCode: 1 });
  expect(await rejection(runTask({ ...leaves(dataFolder), size: 3 }))).toMatchObject({
    message: expect.stringMatching(/^The image size of dead leaves .* not 3\.$/),
    exitCode: 2,
  });
  openStore(join(dataFolder, 'transplant.sqlite')).close();
  const report = { type: 'report', home: dataFolder, study: '3f2a', folder: dataFolder } as const;
  expect(await rejection(runTask(report))).toMatchObject({
    message: `There is no study "3f2a" in ${dataFolder}; see "transplant study list".`,
    exitCode: 2,
  });
});

test('a file that takes more time or memory than its size warrants is given up', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'n.onnx');
  // A graph of half a million nodes with a name of ten letters each.
  const nodes = Buffer.alloc(14 * 500_000, Buffer.from([0x0a, 12, 0x1a, 10, ...Buffer.from('abcdefghij')]));
  writeFileSync(
    file,
    Buffer.concat([
      Buffer.from([
        0x3a,
        0x80 | (nodes.length & 127),
        0x80 | ((nodes.length >> 7) & 127),
        0x80 | ((nodes.length >> 14) & 127),
        nodes.length >> 21,
      ]),
      nodes,
    ]),
  );
  const task = { type: 'pretrained', file, network: tinyNetwork, home: folder } as const;
  const sentence = (budget: { milliseconds: number; heap: number }) => rejection(runTask(task, { budget }));
  expect(await sentence({ milliseconds: 1, heap: 512 })).toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(/^Reading the pretrained file n\.onnx was given up after .*, which is more than/),
  });
  expect(await sentence({ milliseconds: 60_000, heap: 40 })).toMatchObject({
    message: expect.stringMatching(/^Reading the pretrained file n\.onnx was given up at 40 MiB of memory, which/),
  });
  expect(await rejection(runTask(task))).toMatchObject({ message: expect.stringContaining('no convolutions') });
});

test('damaged images are found', async () => {
  const { folder, index } = await runTask(leaves(temporaryFolder()));
  await runTask({ type: 'verify', imageSets: [folder] });
  const shard = join(folder, index.shards[0].file);
  const bytes = await readFile(shard);
  bytes[100] ^= 1;
  writeFileSync(shard, bytes);
  expect(await rejection(runTask({ type: 'verify', imageSets: [folder] }))).toBeInstanceOf(UserError);
});

test('work that is cancelled leaves nothing behind, no process and no file', async () => {
  const dataFolder = temporaryFolder();
  const stop = new AbortController();
  let pid = 0;
  const work = runTask(endless(dataFolder), {
    signal: stop.signal,
    onSpawn: (id) => (pid = id),
    onProgress: () => stop.abort(),
  });
  expect(await rejection(work)).toBeInstanceOf(Cancelled);
  expect(isRunning(pid)).toBe(false);
  expect(readdirSync(dataFolder)).toEqual([]);
});

test('work that is cancelled before it begins starts no process', async () => {
  let started = false;
  const options = { signal: AbortSignal.abort(), onSpawn: () => (started = true) };
  expect(await rejection(runTask(leaves(temporaryFolder()), options))).toBeInstanceOf(Cancelled);
  expect(started).toBe(false);
});

test('work that does not listen is killed when it is cancelled', async () => {
  const stop = new AbortController();
  let pid = 0;
  const work = runTask(endless(temporaryFolder()), {
    signal: stop.signal,
    onSpawn: (id) => (pid = id),
    onProgress: () => {
      // A process that is suspended hears nothing, like one in an endless native call.
      process.kill(pid, 'SIGSTOP');
      stop.abort();
    },
  });
  expect(await rejection(work)).toBeInstanceOf(Cancelled);
  expect(isRunning(pid)).toBe(false);
});

test('a process that is killed is one sentence, and the next import clears up after it', async () => {
  const folder = temporaryFolder();
  const dataFolder = join(folder, 'data');
  const path = await writeFolder(join(folder, 'pictures'), await imagesOf(['ant', 'bee'], 6));
  let pid = 0;
  const task = { type: 'import', path, size: 8, dataFolder } as const;
  const killed = runTask(task, { onSpawn: (id) => (pid = id), onProgress: () => process.kill(pid, 'SIGKILL') });
  const error = await rejection(killed);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({
    message: `Importing ${path} broke off because its process was ended by SIGKILL, probably because memory ran out; nothing that is stored was lost, so close other programs and try again.`,
    exitCode: 1,
  });
  const stored = await runTask(task);
  expect(readdirSync(dataFolder).map((name) => join(dataFolder, name))).toEqual([stored.folder]);
});

test('a bug arrives with the trace of where it happened', async () => {
  const error = await rejection(runTask({ type: 'verify', imageSets: [''] }));
  expect(error).not.toBeInstanceOf(UserError);
  expect((error as Error).stack).toMatch(/imageSet[^]*at .*tasks.child\.ts:\d+/);
});

test('what a listener throws ends the work', async () => {
  let pid = 0;
  const work = runTask(endless(temporaryFolder()), {
    onSpawn: (id) => (pid = id),
    onProgress: () => {
      throw new Error('the window is gone');
    },
  });
  await expect(work).rejects.toThrow('the window is gone');
  expect(isRunning(pid)).toBe(false);
});

test('work yields to what a person waits for', async () => {
  const priorities: number[] = [];
  await runTask(leaves(temporaryFolder()), { onSpawn: (pid) => priorities.push(getPriority(pid)) });
  expect(priorities[0]).toBeGreaterThanOrEqual(constants.priority.PRIORITY_BELOW_NORMAL);
});

test('a network is measured: what trains it, how fast, and in how much memory', async () => {
  const task = { type: 'measure', network: tinyNetwork, classes: 3, engine: 'onnx', threads: 1, seconds: 0.2 } as const;
  const measurement = await runTask(task);
  expect(measurement.engineVersion).toContain('onnxruntime-node');
  expect(measurement.batchSize).toBe(tinyNetwork.training.batchSize);
  const { stepSeconds, evaluationSecondsPerImage, loadSeconds, compileSeconds } = measurement;
  expect(compileSeconds).toBeLessThan(loadSeconds);
  for (const seconds of [stepSeconds, evaluationSecondsPerImage, compileSeconds]) {
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(60);
  }
  // Node alone takes some 40 MB; the test's own process, many times as much, must not count.
  expect(measurement.memory).toBeGreaterThan(20e6);
  expect(measurement.memory).toBeLessThan(400e6);
  const stop = new AbortController();
  const forever = runTask({ ...task, seconds: 1e6 }, { signal: stop.signal, onSpawn: () => stop.abort() });
  expect(await rejection(forever)).toBeInstanceOf(Cancelled);
});

test('filters are fitted there as here, and a calibration that is known is not worked out again', async () => {
  const random = new RandomStream('filters');
  const weight = { shape: [2, 1, 4, 4], data: Float32Array.from({ length: 32 }, () => random.gaussian()) };
  const calibration = calibrate([1, 4, 4], { seed: 'test', filters: 10 });
  const banks = [{ step: 7, weight }];
  const request = { home: temporaryFolder(), run: 'a'.repeat(64), banks, calibration };
  const there = await runTask({ type: 'fit', ...request });
  expect(there).toEqual(await fitBanks({ ...request, home: temporaryFolder() }));
  expect(there).toEqual(await fitBanks(request));
  expect(there.calibration.seed).toBe('test');
});

/** A task in the middle, as the child of a process in a process group of its own. */
async function endlessGrandchild() {
  const dataFolder = join(temporaryFolder(), 'data');
  mkdirSync(dataFolder);
  const task = JSON.stringify(endless(dataFolder));
  return { ...(await grandchild(join(import.meta.dirname, 'task-parent.ts'), task)), dataFolder };
}

test('work ends when the process that started it is killed', async () => {
  const { parent, pid } = await endlessGrandchild();
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'close');
  await expect.poll(() => hasEnded(pid), { timeout: 20_000, interval: 20 }).toBe(true);
});

test.skipIf(process.platform === 'win32')(
  'work is not hit by Ctrl-C, which every process of a terminal gets',
  async () => {
    const { parent, lines, dataFolder } = await endlessGrandchild();
    process.kill(-parent.pid!, 'SIGINT');
    const [line] = (await once(lines, 'line')) as [string];
    expect(line).toBe('cancelled');
    // It was told to stop, and cleared up; one that was hit could not have.
    expect(readdirSync(dataFolder)).toEqual([]);
    await once(parent, 'close');
  },
);
