import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { RandomStream } from '../../src-main/random.ts';
import type { ReportedRun, StudyReport } from '../../src-main/study/analysis/study-report.ts';
import {
  parentOf,
  TREATMENT_KINDS,
  treatmentName,
  type PaperKind,
  type Treatment,
} from '../../src-main/common/treatments/treatments.ts';
import { madeUpFilters } from './made-up-filters.ts';

/** Roughly the paper's shape, in points below the base for n = 1..7. */
const DROPS: Record<PaperKind, number[]> = {
  selffer: [0, 0.3, 0.8, 2.4, 3.2, 1.1, 0.2],
  'selffer+': [0, -0.2, 0.1, -0.3, 0, -0.2, 0.1],
  transfer: [0.2, 0.8, 2, 4.5, 7.8, 9.1, 13],
  'transfer+': [-0.4, -0.8, -1.2, -1.6, -1.5, -2, -1.8],
  random: [4, 11, 20, 30, 35, 38, 40],
};
const STEPS = 600;
const HELD_OUT = 1000;
/** Training images of each class. */
const IMAGES = 500;

/** A study nobody ran, the same at every call: hostile class names, failed and skipped runs, curves with a shape. */
export function madeUpStudy(
  options: { replicates?: number; layers?: number[]; classes?: string[]; examples?: number[] } = {},
): StudyReport {
  const replicates = options.replicates ?? 3;
  const network = BUILT_IN_NETWORKS.get('alexnet-32-small')!;
  const classes = options.classes ?? CLASSES;
  const layers = options.layers ?? [1, 2, 3, 4, 5, 6, 7];
  const seeds = Array.from({ length: replicates }, (_, replicate) => replicate + 1);
  const resolved = resolveNetwork(network, classes.length / 2);
  return {
    study: {
      id: '3f9c1a7be2d04586',
      name: 'Made up & <b>bold</b>',
      status: 'finished',
      created: '2026-11-20T08:15:00.000Z',
      finished: '2026-11-20T11:02:40.000Z',
      seconds: 9_460,
    },
    protocol: {
      name: 'Made up & <b>bold</b>',
      data: { id: '00112233445566aa', name: 'dead-leaves' },
      network,
      split: { kind: 'random' },
      replicates: seeds.map((seed) => ({ splitSeed: seed, trainingSeed: 1 })),
      layers,
      treatments: [...TREATMENT_KINDS],
      bothDirections: false,
      examples: options.examples,
      engine: 'onnx',
    },
    dataset: {
      id: '00112233445566aa',
      name: 'dead-leaves',
      size: 36,
      classes,
      groups: Object.fromEntries(classes.map((name, index) => [name, index % 2 === 0 ? 'round' : 'angular'])),
      count: classes.length * 600,
      trainCounts: classes.map(() => IMAGES),
      heldOutCounts: classes.map(() => 100),
      rejects: [{ file: 'disc/<img src=x onerror=alert(1)>.jpg', reason: 'not an image' }],
      source: 'dead leaves, seed 1, 600 images per class',
      heldOut: { kind: 'drawn', seed: 1, fraction: 1 / 6 },
      duplicates: 2,
    },
    splits: seeds.map((seed, replicate) => {
      const drawn = new RandomStream(seed, 'made-up split').shuffle([...classes]);
      const half = classes.length / 2;
      return { replicate, splitSeed: seed, trainingSeed: 1, a: drawn.slice(0, half), b: drawn.slice(half) };
    }),
    runs: seeds.flatMap((_, replicate) => runsOf(replicate, layers, options.examples)),
    companion: null,
    filters: madeUpFilters(resolved, STEPS),
    software: { transplant: '0.1.0', node: '24.21.0', 'onnxruntime-node': '1.30.0', sharp: '0.35.5' },
    machine: { processor: 'Made-up Xeon @ 2.6 GHz', cores: '2', memory: '8 GiB', system: 'Linux 6.1 x64' },
    command: 'npx transplant study run --data dead-leaves --preset standard --seeds 3',
  };
}

function runsOf(replicate: number, layers: readonly number[], examples: readonly number[] = []): ReportedRun[] {
  const treatments: Treatment[] = [
    { kind: 'base', n: 0, target: 'A' },
    { kind: 'base', n: 0, target: 'B' },
    ...layers.flatMap((n) => TREATMENT_KINDS.map((kind) => ({ kind, n, target: 'B' as const }))),
  ];
  const few = examples.flatMap((k) =>
    treatments.filter(({ target }) => target === 'B').map((treatment) => ({ ...treatment, examples: k })),
  );
  return [...treatments, ...few].map((treatment) => runOf(treatment, replicate));
}

function runOf(treatment: Treatment, replicate: number): ReportedRun {
  const { kind, n, target, examples = IMAGES } = treatment;
  const name = treatmentName(treatment);
  const noise = new RandomStream(7, name, replicate);
  const base = 62 + replicate + (target === 'A' ? 1.3 : 0);
  // Fewer images cost training from scratch more.
  const fewer = (kind === 'base' ? 8 : 3) * Math.log(IMAGES / examples);
  const drop = kind === 'base' ? 0 : DROPS[parentOf(kind) as PaperKind][n - 1];
  const points = Math.max(0, base - drop - fewer + 0.5 * noise.gaussian());
  const correct = Math.round((points / 100) * HELD_OUT);
  const failed = replicate === 1 && name === 'R6B';
  const skipped = replicate === 1 && name === 'A7B+';
  const done = !failed && !skipped;
  return {
    ...treatment,
    name,
    replicate,
    key: Buffer.from(`${name}/${replicate}`).toString('hex').padEnd(64, '0'),
    seed: `made-up/${replicate}/${name}`,
    status: failed ? 'failed' : skipped ? 'skipped' : 'finished',
    correct: done ? correct : null,
    total: done ? HELD_OUT : null,
    loss: done ? 3.9 - points / 30 : null,
    seconds: skipped ? 0 : 75.5,
    steps: STEPS,
    ...{ trained: 1000 * (8 - n), parameters: 8000 },
    error: failed ? 'The loss is not a number at step 412; lower the learning rate.' : skipped ? 'baseA failed.' : null,
    threads: done ? 1 : null,
    engineVersion: done ? 'onnxruntime-node 1.30.0, CPU' : null,
    timing: done ? { load: 0.5, images: 6, prefix: 20, train: 45, evaluate: 3, checkpoint: 1 } : null,
    ...(kind === 'base' ? learning(points, noise) : { curve: [], evaluations: [] }),
  };
}

function learning(points: number, noise: RandomStream): Pick<ReportedRun, 'curve' | 'evaluations'> {
  const grown = (step: number) => 1 - Math.exp(-step / 150);
  const steps = Array.from({ length: STEPS / 10 }, (_, index) => 10 * (index + 1));
  return {
    curve: steps.map((step) => ({
      step,
      loss: 2.9 * (1 - grown(step)) + 0.7 + 0.06 * noise.gaussian(),
      accuracy: 0.05 + 0.75 * grown(step) + 0.015 * noise.gaussian(),
      learningRate: 0.01,
      imagesPerSecond: 700,
    })),
    evaluations: steps
      .filter((step) => step % 100 === 0)
      .map((step) => ({
        step,
        loss: 3 - 2 * grown(step),
        correct: Math.round((points / 100) * grown(step) * HELD_OUT),
        total: HELD_OUT,
      })),
  };
}

const CLASSES = [
  '<script>alert("class")</script>',
  '"><img src=x onerror=alert(1)>',
  '=HYPERLINK("http://example.invalid";"x")',
  'comma, "quote"\nand line',
  'Ελληνικά',
  'a-name-without-any-space-that-is-rather-longer-than-a-narrow-page-is-wide-0123456789',
  ...Array.from({ length: 14 }, (_, index) => `shape ${String(index + 1).padStart(2, '0')}`),
];
