import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Trial } from '../../src-main/app/doctor/subjects.ts';
import { type AddOptions, addTensorflow, removeTensorflow } from '../../src-main/app/engines/add-tensorflow.ts';
import { automaticEngine } from '../../src-main/engine/available.ts';
import {
  BINDING_FILE,
  enginesFolder,
  installationFolder,
  readInstallation,
  verifyInstallation,
} from '../../src-main/engine/tensorflow/installation.ts';
import { Cancelled, UserError } from '../../src-main/errors.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** A Python whose pip puts into its --target what a wheel has: libraries that are needed, and much that is not. */
const python = (install = '') => `#!/bin/sh
PATH=/usr/bin:/bin
case "$*" in
  --version) echo 'Python 3.12.1'; exit 0 ;;
  '-m pip --version') echo 'pip 24.0'; exit 0 ;;
esac
echo "$*" > "$TRACES/pip"
${install}
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/tensorflow/include" "$2/tensorflow/python" "$2/numpy"
echo cc > "$2/tensorflow/libtensorflow_cc.so.2"
echo framework > "$2/tensorflow/libtensorflow_framework.so.2"
`;
const compiler = (compile = '') => `#!/bin/sh
PATH=/usr/bin:/bin
[ "$1" = --version ] && { echo 'g++ 13.2.0'; exit 0; }
echo "$*" > "$TRACES/compiler"
${compile}
while [ "$1" != -o ]; do shift; done
echo binding > "$2"
`;
const works: Trial = { version: 'TensorFlow 2.20.0, CPU', gpu: false };

/** A home, and a machine with nothing on its PATH but what is given. */
function machine(programs: Record<string, string> = { python3: python(), 'c++': compiler() }) {
  const folder = temporaryFolder();
  const [home, path, traces] = ['home', 'bin', 'traces'].map((name) => join(folder, name));
  for (const made of [home, path, traces]) mkdirSync(made);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(path, name), script);
    chmodSync(join(path, name), 0o755);
  }
  const stages: string[] = [];
  const add = (changes: Partial<AddOptions> = {}) =>
    addTensorflow({
      home,
      gpu: false,
      environment: { PATH: path, TRACES: traces },
      signal: new AbortController().signal,
      onStage: (stage) => stages.push(stage),
      tryTensorflow: async () => works,
      ...changes,
    });
  const trace = (name: string) => readFileSync(join(traces, name), 'utf8').trim();
  return { home, stages, traces, add, trace };
}

/** Nothing of it is in the home. */
const expectNothing = (home: string) =>
  expect(existsSync(enginesFolder(home)) ? readdirSync(enginesFolder(home)) : []).toEqual([]);

describe.runIf(process.platform === 'linux')('engine add tensorflow', () => {
  test('builds it below the home: whole, with hashes, and without what is not needed at run time', async () => {
    const { home, add, trace, stages } = machine();
    const { built, installation } = await add();
    expect(built).toBe(true);
    expect(installation).toEqual(readInstallation(home));
    expect(installation).toMatchObject({ tensorflow: '2.20.0', wheel: 'tensorflow-cpu', gpu: false });
    expect(installation.madeWith).toEqual(['Python 3.12.1', 'g++ 13.2.0']);
    await verifyInstallation(home, installation);
    expect(Object.keys(installation.files).sort()).toEqual([
      'python/tensorflow/libtensorflow_cc.so.2',
      'python/tensorflow/libtensorflow_framework.so.2',
      BINDING_FILE,
    ]);
    expect(readdirSync(join(installationFolder(home), 'python'))).toEqual(['tensorflow']);
    expect(readdirSync(enginesFolder(home))).toEqual(['tensorflow']);
    expect(trace('pip')).toMatch(/^-m pip install --target \S+ .*--no-deps tensorflow-cpu>=2\.\d+,<2\.\d+$/);
    expect(trace('compiler')).toContain('-Wl,-rpath,$ORIGIN/python/tensorflow');
    expect(stages).toHaveLength(3);
  });

  test('does nothing the second time, as long as it is whole, works and is what is asked for', async () => {
    const { home, add } = machine();
    await add();
    expect((await add()).built).toBe(false);
    expect((await add({ release: '2.20.0' })).built).toBe(false);
    expect((await add({ release: '2.19.0' })).built).toBe(true);
    const library = join(installationFolder(home), 'python/tensorflow/libtensorflow_cc.so.2');
    writeFileSync(library, 'damaged');
    expect((await add()).built).toBe(true);
    expect(readFileSync(library, 'utf8')).toBe('cc\n');
    let tries = 0;
    const brokenOnce = async (): Promise<Trial> => (tries++ === 0 ? { failure: 'it crashes' } : works);
    expect((await add({ tryTensorflow: brokenOnce })).built).toBe(true);
    expect((await add()).built).toBe(false);
  });

  test('asks for the build with CUDA and all that it needs where a graphics card is meant', async () => {
    const { home, add, trace } = machine();
    await add();
    expect(automaticEngine(home)).toBe('onnx');
    const { built, installation } = await add({
      gpu: true,
      release: '2.20.0',
      tryTensorflow: async () => ({ version: 'TensorFlow 2.20.0, GPU', gpu: true }),
    });
    expect({ built, gpu: installation.gpu }).toEqual({ built: true, gpu: true });
    expect(trace('pip')).toMatch(/tensorflow\[and-cuda\]==2\.20\.0$/);
    expect(trace('pip')).not.toContain('--no-deps');
    expect(automaticEngine(home)).toBe('tensorflow');
  });

  test('is removed, once', async () => {
    const { home, add } = machine();
    expect(await removeTensorflow(home)).toBe(false);
    await add();
    expect(await removeTensorflow(home)).toBe(true);
    expectNothing(home);
    expect(await removeTensorflow(home)).toBe(false);
  });

  test.each([
    ['Python', {}, /there is no Python here \(no python3 on PATH\): install it \(.*apt install python3/],
    ['Python 3', { python3: '#!/bin/sh\necho Python 2.7.18' }, /there is no Python here/],
    [
      'pip',
      { python3: '#!/bin/sh\n[ "$1" = --version ] && { echo Python 3.12.1; exit 0; }\nexit 1' },
      /^Python 3\.12\.1 has no pip.*apt install python3-pip/,
    ],
    ['a compiler', { python3: python() }, /there is no C\+\+ compiler \(no c\+\+, g\+\+, clang\+\+ on PATH\): install/],
    [
      'a wheel',
      {
        python3: python('echo "ERROR: No matching distribution found for tensorflow-cpu" >&2; exit 1'),
        'c++': compiler(),
      },
      /no wheel of tensorflow-cpu.* for Python 3\.12\.1 on linux .*--tensorflow/,
    ],
    [
      'a way to the index',
      {
        python3: python(
          'echo "WARNING: Retrying after connection broken" >&2; echo "ERROR: No matching distribution found" >&2; exit 1',
        ),
        'c++': compiler(),
      },
      /could not fetch tensorflow-cpu \(No matching distribution found\).*whether this machine reaches/,
    ],
    [
      'room on the disk',
      {
        python3: python('echo "ERROR: Could not install packages: [Errno 28] No space left on device" >&2; exit 1'),
        'c++': compiler(),
      },
      /\(Could not install packages: \[Errno 28\] No space left on device\)/,
    ],
    [
      'a compiler that can',
      { python3: python(), 'c++': compiler('echo "x.cc:1:2: fatal error: no such file"; exit 1') },
      /can't be compiled \(x\.cc:1:2: fatal error: no such file\)/,
    ],
  ] as [string, Record<string, string>, RegExp][])(
    'says in one sentence what is missing and the way out, and leaves nothing: %s',
    async (_what, programs, sentence) => {
      const { home, add } = machine(programs);
      const error = await add().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toMatch(sentence);
      expect((error as Error).message).toMatch(/^[^\n]+\.$/);
      expectNothing(home);
    },
  );

  test.each<[string, Trial, RegExp]>([
    ['crashes', { failure: 'its process ended with SIGILL' }, /does not work here \(its process ended with SIGILL\)/],
    ['is passed over', { version: 'TensorFlow.js 4.22.0, pure JavaScript', reason: 'no' }, /does not work here \(no\)/],
  ])('keeps none that %s, and keeps the one before', async (_what, trial, sentence) => {
    const { home, add } = machine();
    await expect(add({ tryTensorflow: async () => trial })).rejects.toThrow(sentence);
    expectNothing(home);
    const { installation } = await add();
    await expect(add({ release: '2.19.0', tryTensorflow: failing(home, trial) })).rejects.toThrow(sentence);
    expect(readInstallation(home)).toEqual(installation);
    expect((await add()).built).toBe(false);
  });

  test('interrupted while it fetches or compiles, ends what it has started and leaves nothing', async () => {
    const waits = 'echo $$ > "$TRACES/process"; exec sleep 1000';
    for (const programs of [
      { python3: python(waits), 'c++': compiler() },
      { python3: python(), 'c++': compiler(waits) },
    ]) {
      const { home, add, traces, trace } = machine(programs);
      const controller = new AbortController();
      const adding = add({ signal: controller.signal });
      await expect.poll(() => existsSync(join(traces, 'process')) && trace('process')).toBeTruthy();
      controller.abort();
      await expect(adding).rejects.toBeInstanceOf(Cancelled);
      expect(() => process.kill(Number(trace('process')), 0)).toThrow('ESRCH');
      expectNothing(home);
    }
  });
});

/** Works in the home itself, and not where it is built. */
const failing = (home: string, trial: Trial) => async (tried: string) => (tried === home ? works : trial);
