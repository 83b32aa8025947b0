import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { wholeCheckpoint, zeroMoments } from '../../src-main/network/optimiser.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { readCheckpoint, removeUnfinishedCheckpoints, writeCheckpoint } from '../../src-main/store/checkpoints.ts';

const network = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet-32-small')!, 3);
const weights = initialWeights(network, 'checkpoint');
const momentum = zeroMoments(network);

describe('checkpoints', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'transplant-checkpoints-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('what is written is read back, and only the finished file is left', async () => {
    const written = await writeCheckpoint(join(folder, 'run'), 7, { weights, momentum, metadata: { note: 'x' } });
    const read = await readCheckpoint(written, wholeCheckpoint(network));
    expect(read.weights).toEqual(weights);
    expect(read.momentum).toEqual(momentum);
    expect(read.metadata).toEqual({ note: 'x', step: '7' });
    expect(await readdir(join(folder, 'run'))).toEqual(['step-7.safetensors']);
    expect((await readFile(written.file)).length).toBe(written.bytes);
  });

  test('the same content gives the same bytes', async () => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => writeCheckpoint(join(folder, name), 7, { weights, momentum, metadata: {} })),
    );
    expect(two.sha256).toBe(one.sha256);
  });

  test('a changed bit, a missing file and the checkpoint of another network are told apart', async () => {
    const written = await writeCheckpoint(folder, 1, { weights, momentum, metadata: {} });
    const other = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet-32-small')!, 4);
    await expect(readCheckpoint(written, other)).rejects.toThrow(
      `${written.file} is damaged or of another network: fc8.weight has the shape 3x512 instead of 4x512.`,
    );
    const bytes = await readFile(written.file);
    bytes[bytes.length - 5]! ^= 1;
    await writeFile(written.file, bytes);
    await expect(readCheckpoint(written, network)).rejects.toThrow(
      `${written.file} is damaged or of another network: its content does not have the SHA-256 that was stored.`,
    );
    await rm(written.file);
    await expect(readCheckpoint(written, network)).rejects.toThrow(`${written.file} is missing.`);
    await expect(readCheckpoint(written, network)).rejects.toThrow(UserError);
  });

  test('weights that are not numbers are refused where they are read, and only there', async () => {
    const [name, { shape, data }] = [...weights][2];
    const spoilt = new Map(weights).set(name, { shape, data: data.with(3, NaN) });
    const written = await writeCheckpoint(folder, 1, { weights: spoilt, momentum, metadata: {} });
    await expect(readCheckpoint(written, network)).rejects.toThrow(
      `${written.file} is damaged or of another network: ${name} has weights that are not numbers. Delete it and train its run again.`,
    );
    const first = { parameters: [network.parameters[0]] };
    expect((await readCheckpoint(written, first)).weights).toEqual(new Map([[...weights][0]]));
  });

  test('a folder that cannot be written is named', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeCheckpoint(join(folder, 'file'), 1, { weights, momentum, metadata: {} })).rejects.toThrow(
      /^Can't write a checkpoint in .*file \(EEXIST\): make the folder writable, or choose another home folder\.$/,
    );
  });

  test.skipIf(process.platform === 'win32')(
    'where there is no room, the folder is named and the earlier checkpoint stays as it was',
    async () => {
      const earlier = await writeCheckpoint(folder, 1, { weights, momentum, metadata: {} });
      // A limit on the size of files: the same refusal in the middle of a write as that of a full disk.
      const child = spawn('bash', ['-c', 'ulimit -f 100; exec "$0" "$1" "$2"', process.execPath, writer, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const said: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
      await once(child, 'close');
      expect(said.join('')).toBe(
        `UserError: There is no space for a checkpoint in ${folder}: free some, or choose another home folder.`,
      );
      expect(await readdir(folder)).toEqual(['step-1.safetensors']);
      expect((await readCheckpoint(earlier, network)).weights).toEqual(weights);
    },
  );

  test('what a killed process left unfinished is removed', async () => {
    await writeCheckpoint(folder, 1, { weights, momentum, metadata: {} });
    await writeFile(join(folder, 'step-2.safetensors.123.part'), 'half');
    await removeUnfinishedCheckpoints(folder);
    expect(await readdir(folder)).toEqual(['step-1.safetensors']);
    await removeUnfinishedCheckpoints(join(folder, 'not-there'));
  });
});

const writer = join(import.meta.dirname, 'checkpoints-writer.ts');
