import { count } from '../../src-main/common/numbers.ts';

/** Everything that the Engine screen says. */
export const engineText = {
  clusters: 'Clusters',
  clustersText: 'Studies can be trained on the nodes of a cluster with Slurm: choose it on Study, under More settings.',
  cluster: (host: string, spool: string, jobs: string): string =>
    `${host === '' ? 'Submitted here' : `Submitted over ssh ${host}`}, spool ${spool}${jobs === '' ? '' : `; jobs: ${jobs}`}`,
  testCluster: 'Test',
  testOf: (name: string) => `Test the cluster ${name}`,
  testing: (waiting: string | null | undefined) =>
    waiting ? `The job of the test waits (${waiting}) …` : 'A job of seconds runs on it …',
  canBeUsed: (name: string) => `The cluster ${name} can be used.`,
  forget: 'Forget',
  forgetOf: (name: string) => `Forget the cluster ${name}`,
  addCluster: 'Describe a cluster',
  newCluster: {
    title: 'Describe a cluster',
    description:
      'Slurm places the trainings, on this machine’s word or on that of a host that ssh reaches without a password.',
    add: 'Add the cluster',
    cancel: 'Cancel',
    engine: 'Engine',
    engineHint: 'for studies that ask for none',
    ownEngine: 'the fastest of this machine',
    /** Name and hint of each field. */
    fields: {
      name: ['Name', 'what it is called here, such as lab'],
      spool: ['Spool', 'a folder that this machine and the nodes share, such as /shared/me/spool'],
      ssh: ['Host', 'where sbatch is, as ssh knows it; empty: this machine'],
      partition: ['Partition', 'empty: Slurm’s own choice'],
      account: ['Account', 'empty: your usual one'],
      time: ['Time limit', 'of one job, such as 4:00:00; a longer training goes on in the next'],
      memory: ['Memory', 'of one job, such as 8G'],
      gres: ['Generic resources', 'of one job, such as gpu:1'],
      atOnce: ['Jobs at once', 'at most; empty: any number'],
    },
    commands:
      'Commands that a node needs first, such as "module load nodejs", are given in a terminal: transplant cluster add … --before.',
  },
  title: 'Engine',
  lead: 'What trains the networks on this machine, and how fast it is.',
  examining: 'Examining this machine. This takes some seconds …',
  examiningAgain: (at: string): string => `As found on ${at}. Examining again …`,
  again: 'Examine again',
  engines: 'Engines',
  used: (name: string) => `Studies train with the engine “${name}” unless you choose another on Study.`,
  usedMark: 'used',
  machine: 'This machine',
  status: { ok: 'Fine', note: 'Worth knowing', problem: 'Problem' },

  files: 'Stored files',
  filesText:
    'Every stored file has a hash: weights, images, what was recorded. Here they are all read and compared with it, which takes as long as the drive takes to read them.',
  checkFiles: 'Check every file',
  checking: 'Reading every file …',
  repair: 'Set the damaged aside',
  repaired: (studies: readonly string[]) =>
    `They are set aside. Resume ${studies.map((name) => `“${name}”`).join(', ')} on Results: what was damaged is trained again, to the same numbers.`,

  benchmark: 'Benchmark',
  benchmarkText:
    'The benchmark trains a network for a few seconds with each engine and shows how many images per second it gets through. It takes about a minute and stores nothing. An engine without its native library can take minutes longer; when you stop it, the rows measured so far stay.',
  network: 'Network',
  measure: 'Measure for a minute',
  stop: 'Stop',
  stopped: 'Stopped. The rows measured so far stay until you leave this page.',
  studyTrains: 'A study is training: it and the benchmark would slow each other down. Pause it first.',
  columns: {
    engine: 'Engine',
    setting: 'Setting',
    training: 'Training, images/s',
    evaluation: 'Testing, images/s',
    memory: 'Memory',
    version: 'Version',
  },
  state: { waiting: 'waiting', measuring: 'measuring …', failed: 'failed', done: '' },
  fastest: 'fastest',
  /** Images a second; slow engines get through less than one. */
  rate: (perSecond: number) => (perSecond < 10 ? perSecond.toFixed(1) : count(perSecond)),
};
