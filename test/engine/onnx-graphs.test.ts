import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { TrainingBatch } from '../../src-main/engine/engine.ts';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { graphLayout } from '../../src-main/engine/onnx/graph-layout.ts';
import { dropoutFeeds, imageFeeds, LABELS, LEARNING_RATE, momentumOf } from '../../src-main/engine/onnx/inputs.ts';
import type { Layout } from '../../src-main/engine/onnx/layout.ts';
import { Graph } from '../../src-main/engine/onnx/graph.ts';
import { blockOfProcessor, createSession } from '../../src-main/engine/onnx/session.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import { changes, learns, type Network } from '../../src-main/network/network.ts';
import { expectGradientsOfRandomNetworks } from './gradient-check.ts';
import { randomGraphs, randomGraphsOf } from './random-graphs.ts';
import { randomBatch, randomWeights } from './random-networks.ts';
import { inFloat64, referenceForward } from './reference.ts';

const engine = createOnnxEngine();
const block = await blockOfProcessor();

describe('random graphs', () => {
  it('have the gradients of the float64 reference, whatever is frozen', async () => {
    await expectGradientsOfRandomNetworks(engine, 20, randomGraphs, { anyFrozen: true, oneDirection: true });
  });

  it('are evaluated as by the reference, for any number of images', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraphs, fc.integer({ min: 1, max: 5 }), async (network, images) => {
        const weights = randomWeights(network, 'graph');
        const batch = randomBatch(network, images, 'graph');
        const trainer = await engine.compile({ network, batchSize: 3, frozen: 0, threads: 1, weights });
        const { loss } = await trainer.evaluate(batch);
        await trainer.dispose();
        const right = referenceForward(network, inFloat64(weights), batch).loss;
        expect(Math.abs(loss - right)).toBeLessThan(1e-5 * Math.max(1, right));
      }),
      { numRuns: 15 },
    );
  });

  it('have no work in a step that nothing needs, and none below the cut but the way forwards', () => {
    fc.assert(
      fc.property(randomGraphs, (network) => {
        const sizes = Array.from({ length: network.depth + 1 }, (_, frozen) => {
          const graph = stepGraph(network, 3, frozen, graphLayout(network));
          const before = sizeOf(graph.operators());
          graph.dropUnread();
          const after = sizeOf(graph.operators());
          expect(after, `frozen: ${frozen}`).toBe(before);
          return after;
        });
        // Each layer more that is frozen takes its gradients and updates away.
        for (let frozen = 1; frozen <= network.depth; frozen++) {
          const own = network.parameters.filter((parameter) => parameter.n === frozen && learns(parameter, 0));
          if (own.length > 0) expect(sizes[frozen]).toBeLessThan(sizes[frozen - 1]);
        }
      }),
      { numRuns: 25 },
    );
  });

  // Blocks, and what is filled up to them.
  it.skipIf(block === undefined).each([1, 1.5])(
    'come to the same with blocked images as without: %d',
    async (blocks) => {
      await fc.assert(
        fc.asyncProperty(randomGraphsOf(blocks * block!), fc.nat(), async (network, seed) => {
          const frozen = seed % network.depth;
          const [plain, blocked] = [
            await stepped(network, frozen, graphLayout(network)),
            await stepped(network, frozen, graphLayout(network, { block: block!, batch: block! })),
          ];
          expect([...blocked.keys()]).toEqual([...plain.keys()]);
          for (const [name, values] of plain) {
            const scale = Math.hypot(...values) / Math.sqrt(values.length);
            values.forEach((value, i) => {
              expect(Math.abs(blocked.get(name)![i] - value), name).toBeLessThan(1e-4 * scale + 1e-5);
            });
          }
        }),
        { numRuns: 10 },
      );
    },
  );
});

/** The number of operators, without those that copy nothing. */
const sizeOf = (operators: ReadonlyMap<string, number>): number =>
  operators.entries().reduce((sum, [name, count]) => sum + (name === 'Reshape' ? 0 : count), 0);

/** All outputs of a step. */
async function stepped(network: Network, frozen: number, layout: Layout): Promise<Map<string, Float32Array>> {
  const session = await createSession(stepGraph(network, block!, frozen, layout), 1);
  // Whole blocks of images, which gradients of weights need.
  const batch = randomBatch(network, block!, 'blocked');
  const result = await session.run(feedsOf(network, frozen, batch));
  await session.release();
  const floats = Object.entries(result).filter(([, { type }]) => type === 'float32');
  return new Map(floats.map(([name, { data }]) => [name, data as Float32Array]));
}

function feedsOf(network: Network, frozen: number, { images, labels, dropoutMasks }: TrainingBatch) {
  const feeds: Record<string, Tensor> = {
    ...imageFeeds(network, images, labels.length),
    ...dropoutFeeds(network, dropoutMasks, labels.length, {}),
    [LABELS]: new Tensor('int32', labels, [labels.length, 1]),
    [LEARNING_RATE]: new Tensor('float32', [0.1], []),
  };
  const weights = randomWeights(network, 'blocked');
  for (const parameter of network.parameters) {
    const { name, shape, size } = parameter;
    feeds[name] = new Tensor('float32', weights.get(name)!.data, shape);
    if (changes(parameter, frozen) && learns(parameter, frozen))
      feeds[momentumOf(name)] = new Tensor('float32', new Float32Array(size), shape);
  }
  return feeds;
}

it('computes what a graph has in the order in which it was added, and not before it is needed', async () => {
  const graph = new Graph();
  const x = graph.input('x', [4]);
  const y = graph.node('Exp', [x]);
  const above = graph.node('Sin', [y]);
  const dAbove = graph.node('Cos', [above]);
  graph.output('dw of the layer above', graph.node('Abs', [dAbove]));
  graph.output('dx', graph.node('Mul', [graph.node('Tanh', [dAbove]), graph.node('Sign', [y])]));
  expect(await computed(graph, { x: new Tensor('float32', [1, 2, 3, 4], [4]) })).toEqual(
    'Exp Sin Cos Abs Tanh Sign Mul'.split(' '),
  );
});

/** The operators of a graph as onnxruntime runs them. */
async function computed(graph: Graph, feeds: InferenceSession.FeedsType): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-order-'));
  try {
    const options = { enableProfiling: true, profileFilePrefix: join(folder, 'profile') };
    const session = await InferenceSession.create(graph.serialise(), options);
    await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      name: string;
      args: { op_name: string };
    }[];
    return events.filter(({ name }) => name.endsWith('_kernel_time')).map(({ args }) => args.op_name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
