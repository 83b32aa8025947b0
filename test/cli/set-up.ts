import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { KeptNetwork } from '../../src-main/pretrained/keep-network.ts';
import type { Application, StudyOutcome, Work } from '../../src-main/app/application.ts';
import type { RequestedStudy } from '../../src-main/app/planning/request.ts';
import { Gate } from '../../src-main/cli/terminal/gate.ts';
import { runCommandLine } from '../../src-main/cli/terminal/run.ts';
import type { Surroundings } from '../../src-main/cli/terminal/surroundings.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { StudyRecord } from '../../src-main/store/records.ts';

/** A fresh folder for one test. */
export const folder = () => mkdtempSync(join(tmpdir(), 'transplant-cli-'));

/** A study as the application would run it, told by the test. */
export type Script = (request: RequestedStudy | string, work: Work) => Promise<Partial<StudyOutcome> | void>;

export const record: StudyRecord = {
  id: '3f2a00000001',
  name: 'birds',
  protocol: JSON.stringify({
    name: 'birds',
    data: { id: 'd', name: 'birds' },
    network: BUILT_IN_NETWORKS.get('alexnet-32-small'),
    split: { kind: 'random' },
    replicates: [{ splitSeed: 1, trainingSeed: 1 }],
    layers: [1],
    treatments: ['transfer'],
    bothDirections: false,
    engine: 'onnx',
  }),
  status: 'running',
  created: '2026-11-23T18:00:00.000Z',
  finished: null,
  seconds: 0,
};

/** The command line with streams, signals, a clock and an application that a test holds in its hand. */
export function setUp(
  script: Script = async () => {},
  {
    isTTY = false,
    columns = 100,
    rows = 30,
    study = record,
    kept = undefined as KeptNetwork | undefined,
    /** The study is there at the first opening only, not again where a command has deleted it. */
    once = false,
  } = {},
) {
  const home = folder();
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => {
    const into = new PassThrough();
    into.on('data', (chunk: Buffer) => (written[name] += chunk.toString()));
    return new Gate(Object.assign(into, { isTTY, columns, rows }));
  };
  const signals = new EventEmitter();
  const clock = { now: 0 };
  const exits: number[] = [];
  const requests: (RequestedStudy | string)[] = [];
  let open = 0;
  let opened = false;
  const run = async (request: RequestedStudy | string, work: Work): Promise<StudyOutcome> => {
    requests.push(request);
    return { study, failed: 0, stopped: false, ...(await script(request, work)) };
  };
  const surroundings: Surroundings = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    environment: {},
    signals,
    exit: (code) => exits.push(code),
    now: () => clock.now,
    outputClosed: new AbortController().signal,
    open: async () => {
      open += 1;
      const store = openStore(join(home, 'transplant.sqlite'));
      if (!(once && opened) && !store.findStudy(study.id)) store.addStudy(study, []);
      opened = true;
      const application: Application = {
        home,
        store,
        importImages: () => Promise.reject(new Error('not in this test')),
        checkImages: () => Promise.reject(new Error('not in this test')),
        suspectImages: () => Promise.reject(new Error('not in this test')),
        describeImages: () => Promise.reject(new Error('not in this test')),
        leaveOutLeaks: () => Promise.reject(new Error('not in this test')),
        makeDeadLeaves: () => Promise.reject(new Error('not in this test')),
        keepPretrained: () => Promise.reject(new Error('not in this test')),
        keepNetwork: async () => kept!,
        runStudy: run,
        resumeStudy: run,
        extendStudy: (reference, _more, work) => run(reference, work),
        goOnUntilClear: (reference, _seconds, work) => run(reference, work),
        writeReport: async (_reference, into) => [join(into, 'report.html')],
        predictStudy: () => Promise.reject(new Error('not in this test')),
        packStudy: () => Promise.reject(new Error('not in this test')),
        saveNetwork: () => Promise.reject(new Error('not in this test')),
        restoreStudy: () => Promise.reject(new Error('not in this test')),
        close: () => {
          open -= 1;
          store.close();
        },
      };
      return application;
    },
  };
  return {
    home,
    clock,
    exits,
    requests,
    signals,
    written,
    surroundings,
    opened: () => open,
    transplant: (...words: string[]) => runCommandLine(words, surroundings),
  };
}
