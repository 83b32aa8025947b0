import { Tensor } from 'onnxruntime-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { evaluationGraph } from '../../src-main/engine/onnx/forward.ts';
import { graphLayout } from '../../src-main/engine/onnx/graph-layout.ts';
import type { Graph, Value } from '../../src-main/engine/onnx/graph.ts';
import { dropoutFeeds, imageFeeds, LABELS, LEARNING_RATE, LOSS } from '../../src-main/engine/onnx/inputs.ts';
import { canBeInBlocks } from '../../src-main/engine/onnx/layers/convolution/in-blocks.ts';
import { convolution } from '../../src-main/engine/onnx/layers/convolution.ts';
import { fromBlocked, toBlocked, type LayerForm, type LayerOf } from '../../src-main/engine/onnx/layers/layer.ts';
import type { Layout } from '../../src-main/engine/onnx/layout.ts';
import { blockOfProcessor, createSession } from '../../src-main/engine/onnx/session.ts';
import { MemoryState } from '../../src-main/engine/onnx/state.ts';
import { stepGraph } from '../../src-main/engine/onnx/step.ts';
import { definitionOf } from '../../src-main/network/layers/layers.ts';
import { layerSchema } from '../../src-main/network/spec.ts';
import { RandomStream } from '../../src-main/random.ts';
import * as onnx from './onnx-run.ts';
import { networkOf, randomBatch, randomWeights } from './random-networks.ts';

/**
 * What `graphLayout` computes on blocked images against what it computes without them, which onnx-layers.test.ts holds against
 * definitions and finite differences.
 */
const block = await blockOfProcessor();
const of = block ?? 16;
const images = of;

describe.skipIf(block === undefined)('a convolution in blocks', () => {
  const kinds = {
    dense: { channels: 2 * of, filters: of, groups: 1 },
    wide: { channels: of, filters: 3 * of, groups: 1 },
    depthwise: { channels: 2 * of, filters: 2 * of, groups: 2 * of },
    first: { channels: 3, filters: of, groups: 1 },
  };
  const cases = fc.record({
    kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    pads: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    extra: fc.tuple(fc.nat(5), fc.nat(5)),
    blocks: fc.integer({ min: 1, max: 2 }),
    bias: fc.boolean(),
    seed: fc.nat(),
  });

  it('has exactly the output and gradients of other images, for any stride, padding and sizes', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ kind, kernel, stride, pads, extra, blocks, bias, seed }) => {
        const { channels, filters, groups } = kinds[kind];
        const pad = pads.map((side) => side % kernel) as [number, number, number, number];
        const [rows, columns] = extra.map((more, side) => Math.max(1, kernel - pad[side] - pad[side + 2]) + more);
        const input = [channels, rows, columns];
        const spec = layerSchema.parse({
          ...{ type: 'conv', name: 'conv', filters, kernel, stride, pad, groups },
          ...(!bias && { bias }),
        }) as LayerOf<'conv'>['spec'];
        const wrong = (what: string) => new Error(what) as never;
        const output = definitionOf(spec).output(spec, { inputs: [input], classes: 2, wrong });
        const sources = [kind === 'first' ? -1 : 0];
        const layer = { spec, name: 'conv', inputs: [input], input, output, sources } as unknown as LayerOf<'conv'>;
        const batch = blocks * of;
        expect(canBeInBlocks(layer, batch, of)).toBe(true);

        const stream = new RandomStream('convolution in blocks', seed);
        const given = {
          x: onnx.wholeNumbers([batch, ...input], stream),
          weight: onnx.wholeNumbers([filters, channels / groups, kernel, kernel], stream),
          bias: onnx.wholeNumbers([filters], stream),
          dy: onnx.wholeNumbers([batch, ...output], stream),
        };
        const computed = (form: LayerForm<'conv'>, to: typeof toBlocked, from: typeof fromBlocked) =>
          onnx.run('float32', given, (graph, { x, weight, bias: b, dy }) => {
            const parameters = { weight, ...(bias && { bias: b }) };
            const read = kind === 'first' ? x : to(graph, x);
            const value = form(graph, layer, { inputs: [read], batch, parameters });
            const gradients = value.backward(to(graph, dy), [kind !== 'first']);
            const results: Record<string, Value> = { y: from(graph, value.y, filters) };
            if (gradients.inputs[0]) results.dx = from(graph, gradients.inputs[0], channels);
            results.dweight = gradients.parameters!.weight!;
            if (bias) results.dbias = gradients.parameters!.bias!;
            return results;
          });
        const plain = (_graph: Graph, value: Value) => value;
        expect(await computed(convolution.inBlocks!(of), toBlocked, fromBlocked)).toEqual(
          await computed(convolution.batchFirst, plain, plain),
        );
      }),
      { numRuns: 60 },
    );
  });
});

type Entry = Parameters<typeof networkOf>[1][number];
const conv = (name: string, filters: number, kernel: number, more: object = {}): Entry => ({
  ...{ type: 'conv', name, filters, kernel, pad: Math.floor(kernel / 2), bias: false, ...more },
});
const norm = (name: string): Entry => ({ type: 'batch-norm', name });
const relu: Entry = { type: 'relu' };
const branch = (filters: number, stride: number): Entry[] => [
  ...[conv('conv1', filters, 3, { stride }), norm('bn1'), relu],
  ...[conv('conv2', filters, 3), norm('bn2')],
];

/** All shortcuts, a value that three layers read, and layers that leave the blocks and come back. */
const residual = (of: number) =>
  networkOf(
    10,
    [
      ...[conv('conv1', of, 3), norm('bn1'), relu],
      { type: 'residual', name: 'layer1', branch: branch(of, 1), after: [relu] },
      {
        ...{ type: 'residual', name: 'layer2', branch: branch(2 * of, 2), after: [relu] },
        shortcut: [
          { type: 'slice', axis: 1, step: 2 },
          { type: 'slice', axis: 2, step: 2 },
          { type: 'zero-channels', before: of / 2, after: of / 2 },
        ],
      },
      {
        ...{ type: 'residual', name: 'layer3', branch: branch(3 * of, 2), after: [relu] },
        shortcut: [conv('downsample.0', 3 * of, 1, { stride: 2 }), norm('downsample.1')],
      },
      conv('narrow', 5, 1, { bias: undefined }),
      { type: 'leaky-relu' },
      conv('last', of, 3, { bias: undefined }),
      { type: 'global-pool' },
      { type: 'dense', name: 'fc' },
    ],
    4,
    { batchSize: images },
  );

/** Depthwise convolutions, squeeze and excitation, pooling above ReLU, norms before activations, stochastic depth. */
const separable = (of: number) =>
  networkOf(
    12,
    [
      ...[conv('stem', of, 3, { stride: 2 }), norm('bn1'), { type: 'silu' } as const],
      {
        type: 'residual',
        name: 'block',
        branch: [
          ...[conv('expand', 2 * of, 1), norm('bn1'), relu],
          ...[conv('depthwise', 2 * of, 3, { groups: 2 * of }), norm('bn2'), relu],
          { type: 'global-pool', name: 'mean' },
          { type: 'dense', name: 'squeeze', units: 4 },
          { type: 'dense', name: 'excite', units: 2 * of },
          { type: 'sigmoid', name: 'shares' },
          { type: 'multiply', inputs: ['depthwise', 'shares'] },
          ...[conv('project', of, 1), norm('bn3'), { type: 'stochastic-depth', rate: 0.5 } as const],
        ],
      },
      conv('reduce', of, 3, { groups: of, stride: 2, bias: undefined }),
      relu,
      { type: 'pool', mode: 'max', kernel: 2, stride: 1, pad: 0 },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', name: 'fc' },
    ],
    4,
    { batchSize: images },
  );

const networks = {
  residual: residual(of),
  separable: separable(of),
  // Of channels that are filled up to whole blocks.
  'residual, narrower': residual(0.75 * of),
  'separable, wider': separable(1.5 * of),
};

describe.skipIf(block === undefined).each(Object.entries(networks))('a %s network', (_name, network) => {
  const batch = randomBatch(network, of, 'batch');
  const weights = randomWeights(network, 'weights');

  async function step(layout: Layout, frozen: number, threads = 1) {
    const state = new MemoryState({ network, batchSize: of, frozen, threads, weights });
    const session = await createSession(stepGraph(network, of, frozen, layout), threads);
    const names = network.parameters.map(({ name }) => name);
    const feeds: Record<string, Tensor> = {
      ...Object.fromEntries([...names, ...state.changed].map((name) => [name, state.get(name)])),
      ...imageFeeds(network, batch.images, of),
      ...dropoutFeeds(network, batch.dropoutMasks, of, { from: 0 }),
      [LABELS]: new Tensor('int32', batch.labels, [of, 1]),
      [LEARNING_RATE]: new Tensor('float32', [1], []),
    };
    const result = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
    await session.release();
    return new Map(Object.entries(result).map(([name, { data }]) => [name, Float64Array.from(data as Float32Array)]));
  }

  it.each([0, 1, 2])('takes the same step with %i layers frozen', async (frozen) => {
    const plain = await step(graphLayout(network), frozen);
    const blocked = await step(graphLayout(network, { block: of, batch: of }), frozen);
    expect([...blocked.keys()]).toEqual([...plain.keys()]);
    for (const [name, expected] of plain) {
      const actual = blocked.get(name)!;
      const difference = Math.hypot(...expected.map((value, i) => value - actual[i]));
      expect(difference, name).toBeLessThan(2e-5 * Math.hypot(...expected) + 1e-6);
    }
  });

  it('evaluates to the same loss', async () => {
    const evaluate = async (layout: Layout) => {
      const session = await createSession(evaluationGraph(network, of, layout), 1);
      const state = new MemoryState({ network, batchSize: of, frozen: 0, threads: 1, weights });
      const result = await session.run({
        ...Object.fromEntries(network.parameters.map(({ name }) => [name, state.get(name)])),
        ...imageFeeds(network, batch.images, of),
        [LABELS]: new Tensor('int32', batch.labels, [of, 1]),
      });
      await session.release();
      return Number(result[LOSS].data[0]);
    };
    const plain = await evaluate(graphLayout(network));
    const blocked = await evaluate(graphLayout(network, { block: of, batch: of }));
    expect(Math.abs(blocked - plain)).toBeLessThan(1e-5 * plain);
  });

  it('comes to the same bytes above a prefix as alone', async () => {
    const engine = createOnnxEngine();
    const options = { network, batchSize: of, threads: 1, weights };
    const alone = await engine.compile({ ...options, frozen: 2 });
    const above = await engine.prefixes!.compileAbove({ ...options, frozen: 2 });
    const prefix = await engine.prefixes!.compilePrefix({ ...options, layers: [1, 2] });
    const activations = (await prefix.train(batch)).get(2)!;
    await alone.step(batch, 0.1);
    await above.step({ ...batch, images: activations }, 0.1);
    const [expected, actual] = [await alone.weights(), await above.weights()];
    for (const [name, { data }] of expected) expect(actual.get(name)!.data, name).toEqual(data);
    const evaluated = (await prefix.evaluate(batch)).get(2)!;
    expect(await above.evaluate({ ...batch, images: evaluated })).toEqual(await alone.evaluate(batch));
    await Promise.all([alone, above, prefix].map((each) => each.dispose()));
  });

  it.each([undefined, { block: of, batch: of }])(
    'takes a step of the same bytes with any number of threads',
    async (blocks) => {
      const layout = graphLayout(network, blocks);
      const [one, two, five] = [await step(layout, 0, 1), await step(layout, 0, 2), await step(layout, 0, 5)];
      for (const [name, expected] of one) {
        expect(onnx.digest(two.get(name)!), name).toBe(onnx.digest(expected));
        expect(onnx.digest(five.get(name)!), name).toBe(onnx.digest(expected));
      }
    },
  );
});
