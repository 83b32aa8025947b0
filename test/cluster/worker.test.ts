import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueuedJob, Scheduler } from '../../src-main/cluster/scheduler.ts';
import { ClusterTrainings } from '../../src-main/cluster/trainings.ts';
import { profileSchema } from '../../src-main/cluster/profile.ts';
import { batchScript, sbatchOptions } from '../../src-main/cluster/slurm/script.ts';
import { Slurm } from '../../src-main/cluster/slurm/slurm.ts';
import { work } from '../../src-main/cluster/worker/worker.ts';
import { protocolOf } from '../../src-main/app/planning/request.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { keepNetwork } from '../../src-main/pretrained/keep-network.ts';
import type { NetworkOfFile } from '../../src-main/pretrained/network-of-file.ts';
import type { RunRecord } from '../../src-main/store/records.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { tinyResNet } from '../network/tiny-graphs.ts';
import { onCluster } from '../../src-main/study/run/train-on-cluster.ts';
import { createTinyHome, runTinyStudy, tinyProtocol, type TinyHome, type TinyRun } from '../study/tiny-study.ts';
import { differences } from './on-slurm.ts';

/** A cluster whose jobs this very process does, one after the other, when it is asked for its queue. */
class Bench implements Scheduler {
  readonly #spool: string;
  #todo: { array: string; index: number; file: string; log: string }[] = [];
  #arrays = 0;
  /** What comes before each job is done. */
  beforeJob: (file: string) => void = () => {};
  afterJob: (file: string) => void = () => {};
  readonly failures: string[] = [];
  done = 0;
  /** What it still lists although it has ended. */
  readonly lingering: [string, QueuedJob][] = [];

  constructor(spool: string) {
    this.#spool = spool;
  }

  submit({ id }: { readonly id: string }): Promise<string> {
    const array = String((this.#arrays += 1));
    const files = readFileSync(join(this.#spool, 'submissions', id, 'jobs'), 'utf8')
      .trim()
      .split('\n');
    this.#todo.push(
      ...files.map((file, index) => {
        const log = join(this.#spool, 'submissions', id, `${index}.log`);
        return { array, index, log, file: join(this.#spool, file) };
      }),
    );
    return Promise.resolve(array);
  }

  async queue(): Promise<ReadonlyMap<string, QueuedJob>> {
    const next = this.#todo.shift();
    if (next) {
      this.beforeJob(next.file);
      const never = new AbortController().signal;
      const environment = { TRANSPLANT_NODE_FOLDER: this.#spool, SLURM_CPUS_ON_NODE: '1' };
      await work(next.file, { environment, home: '/nowhere', stop: never, timeIsUp: never }).then(
        () => (this.done += 1),
        (error: Error) => {
          this.failures.push(error.message);
          // Like Slurm: without its folder there is no log.
          if (existsSync(dirname(next.log))) writeFileSync(next.log, error.message);
        },
      );
      this.afterJob(next.file);
    }
    const waiting: QueuedJob = { state: 'queued', node: '', reason: 'Resources' };
    return new Map([
      ...this.lingering,
      ...this.#todo.map(({ array, index }) => [`${array}_${index}`, waiting] as const),
    ]);
  }

  find = () => Promise.resolve(undefined);
  cancel = () => Promise.resolve();
  setLimit = () => Promise.resolve();
  nodes = () => Promise.resolve(1);
}

describe('a job of a cluster', () => {
  let local: TinyHome;
  let whole: TinyRun;
  beforeAll(async () => {
    local = await createTinyHome();
    whole = await runTinyStudy(local, tinyProtocol(local.index, { treatments: ['transfer'] }));
  }, 180_000);
  afterAll(() => local.dispose());

  /** Both bases, and of `layers` what is made from one of them. */
  async function studyOn(
    prepare: (bench: Bench, spool: string) => void,
    { layers = [], times = 1 }: { readonly layers?: number[]; readonly times?: number } = {},
  ) {
    const tiny = await createTinyHome();
    const spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));
    const bench = new Bench(spool);
    prepare(bench, spool);
    const study = () => {
      const cluster = new ClusterTrainings({ spool, scheduler: bench, look: 1, ask: 0, checkpointEvery: 0 });
      const protocol = tinyProtocol(tiny.index, { treatments: ['transfer'], layers });
      return runTinyStudy(tiny, protocol, () => false, onCluster(cluster));
    };
    try {
      for (let time = 1; time < times; time++) expect((await study()).outcome.failed).toBe(1);
      const run = await study();
      return { run, bench, lost: differences(tiny, local, run) };
    } finally {
      tiny.dispose();
      rmSync(spool, { recursive: true, force: true });
    }
  }
  /** Does something to the first job alone. */
  const once = (what: (file: string) => void) => {
    let isDone = false;
    return (file: string) => {
      if (!isDone) what(file);
      isDone = true;
    };
  };
  const flip = (file: string) => {
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(file, bytes);
  };

  it('ends with the same bytes as a training on this machine, and is done once', async () => {
    const { bench, run, lost } = await studyOn(() => {}, { layers: [1] });
    expect(lost).toEqual([]);
    expect(run.outcome).toEqual(whole.outcome);
    expect([bench.done, bench.failures]).toEqual([3, []]);
  });

  it.each<[string, (attempt: string) => void]>([
    ['result is torn', (attempt) => writeFileSync(join(attempt, 'result.json'), '{"format":"transpl')],
    ['weights have a flipped bit', (attempt) => flip(globSync(join(attempt, 'start-*/step-*.safetensors'))[0])],
    ['curve has a flipped bit', (attempt) => flip(globSync(join(attempt, 'start-*/curve.jsonl'))[0])],
  ])('whose %s is gone on from', async (_, spoil) => {
    const { bench, lost } = await studyOn((bench) => {
      bench.afterJob = once((file) => spoil(join(file, '..')));
    });
    expect(lost).toEqual([]);
    expect(bench.done).toBe(3);
  });

  it.each<[string, (blobs: string) => void]>([
    ['is damaged', (blobs) => globSync(join(blobs, '*')).forEach(flip)],
    [
      'is a link',
      (blobs) => {
        const outside = mkdtempSync(join(tmpdir(), 'transplant-outside-'));
        for (const blob of globSync(join(blobs, '*'))) {
          const file = join(outside, blob.split('/').at(-1)!);
          renameSync(blob, file);
          symlinkSync(file, blob);
        }
      },
    ],
  ])('reads no blob that %s; it is written anew', async (_, spoil) => {
    const { bench, lost } = await studyOn((bench, spool) => {
      bench.beforeJob = once(() => spoil(join(spool, 'blobs')));
    });
    expect(lost).toEqual([]);
    // Either base may have met the damaged images.
    expect(bench.failures.length).toBeGreaterThan(0);
  });

  it('whose spool is deleted in the middle finds it made anew', async () => {
    const { bench, lost } = await studyOn((bench, spool) => {
      bench.beforeJob = once(() => rmSync(spool, { recursive: true }));
    });
    expect(lost).toEqual([]);
    // Both bases were submitted by then.
    expect(bench.failures).toEqual(Array(2).fill(expect.stringMatching(/is not a job of a spool: /)));
  });

  it('keeps its limit of a checkpoint', async () => {
    const { bench, lost } = await studyOn((bench) => {
      bench.beforeJob = once((file) => {
        const job = JSON.parse(readFileSync(file, 'utf8')) as { limits: object };
        writeFileSync(file, JSON.stringify({ ...job, limits: { ...job.limits, checkpointBytes: 100 } }));
      });
    });
    expect(bench.failures).toEqual([expect.stringMatching(/^A checkpoint has .* KiB, and the job allows 100 B\.$/)]);
    expect(lost).toEqual([]);
  });

  it('that has failed is tried again with its study, even while it is in the queue', async () => {
    const failing = (bench: Bench) => {
      bench.afterJob = once((file) => {
        const result = join(file, '../result.json');
        const { format, run, attempt, place } = JSON.parse(readFileSync(result, 'utf8')) as Record<string, unknown>;
        const failed = { format, run, attempt, place, status: 'failed', reason: 'There is no space for a checkpoint.' };
        writeFileSync(result, JSON.stringify(failed));
        bench.lingering.push(['1_0', { state: 'running', node: 'n1', reason: 'None' }]);
      });
    };
    const { run, lost } = await studyOn(failing, { layers: [1], times: 2 });
    expect(run.outcome).toEqual(whole.outcome);
    expect(lost).toEqual([]);
  });

  it('tests a network as its file has it, with its own head', async () => {
    const tiny = await createTinyHome();
    const spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));
    const classNames = ['none', ...tiny.index.classes];
    const file: NetworkOfFile = {
      ...{
        spec: tinyResNet,
        classes: 5,
        classNames,
        weights: initialWeights(resolveNetwork(tinyResNet, 5), 'somebody'),
      },
      ...{
        origin: 'a tiny ResNet',
        notes: [],
        pixels: { mean: [120, 110, 100], deviation: [60, 55, 50], size: 8, from: 'file' },
      },
    };
    const { network, pretrained } = await keepNetwork(file, '/x/file.pth', tiny.home);
    const request = { preset: 'quick', data: tiny.index.id, network, pretrained, layers: [3], engine: 'onnx' } as const;
    const protocol: Protocol = { ...protocolOf(request, tiny.index, tiny.home), treatments: ['transfer'] };
    try {
      const cluster = new ClusterTrainings({ spool, scheduler: new Bench(spool), look: 1, ask: 0 });
      const there = await runTinyStudy(tiny, protocol, () => false, onCluster(cluster));
      expect(there.outcome).toMatchObject({ failed: 0, skipped: 0 });
      const asItComes = () => tiny.store.studyRuns(there.study).find(({ name }) => name === 'A4B')!.record;
      const result = ({ correct, loss, total, steps }: RunRecord) => ({ correct, loss, total, steps });
      const ofCluster = result(asItComes());
      tiny.store.forgetRun(asItComes().key);
      await runTinyStudy(tiny, protocol);
      expect(ofCluster).toEqual(result(asItComes()));
      expect(ofCluster.steps).toBe(0);
    } finally {
      tiny.dispose();
      rmSync(spool, { recursive: true });
    }
  });

  it('is refused where it is not one of a spool', async () => {
    const spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));
    const never = new AbortController().signal;
    const attempt = (file: string) => work(file, { environment: {}, home: '/', stop: never, timeIsUp: never });
    await expect(attempt(join(spool, 'job.json'))).rejects.toThrow('does not lie at runs/KEY/attempt-K/job.json');
    await expect(attempt(join(spool, 'runs/abcdef01/attempt-1/job.json'))).rejects.toThrow('is not a job of a spool');
    cpSync(import.meta.filename, join(spool, 'runs/abcdef01/attempt-1/job.json'));
    await expect(attempt(join(spool, 'runs/abcdef01/attempt-1/job.json'))).rejects.toThrow('is not a job of a spool');
    rmSync(spool, { recursive: true });
  });
});

it('what a person says of a cluster is one word of sbatch each, and a path is quoted', () => {
  const profile = { name: 'lab', spool: "/tmp/it's; rm -rf $HOME", partition: 'gpu', memory: '8G', before: [] };
  expect(sbatchOptions(profileSchema.parse(profile), { id: '1', jobs: 3, atOnce: 2 })).toEqual(
    expect.arrayContaining(['--partition=gpu', '--mem=8G', '--array=0-2%2']),
  );
  expect(batchScript(profileSchema.parse(profile), '1', undefined)).toContain(`'/tmp/it'\\''s; rm -rf $HOME'/"$job"`);
  for (const bad of [
    { partition: 'a b' },
    { partition: '-x' },
    { time: '1;2' },
    { ssh: '-oProxyCommand=x' },
    { spool: 'x' },
  ])
    expect(profileSchema.safeParse({ ...profile, ...bad }).success).toBe(false);
});

it('all tasks of an array are found in its one line of the queue, and a node of two partitions is one', async () => {
  const programs = temporaryFolder();
  const program = (name: string, printed: string) =>
    writeFileSync(join(programs, name), `#!/bin/sh\nprintf '${printed}'\n`, { mode: 0o755 });
  program('squeue', '7|2|RUNNING|n1|None\\n7|3-15:4,17,20-21%%2|PENDING||Resources\\n');
  program('sinfo', 'n1\\nn2\\nn1\\n');
  const profile = profileSchema.parse({ name: 'lab', spool: '/s', before: [] });
  const slurm = new Slurm(profile, undefined, { PATH: `${programs}:${process.env.PATH}` });
  const queue = await slurm.queue();
  expect([...queue].map(([name, { state }]) => `${name} ${state}`)).toEqual([
    '7_2 running',
    ...[3, 7, 11, 15, 17, 20, 21].map((index) => `7_${index} queued`),
  ]);
  expect(await slurm.nodes()).toBe(2);
});
