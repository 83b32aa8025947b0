import { describe, expect, it } from 'vitest';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import * as GRAPHS from '../engine/graph-networks.ts';
import { softwareAdapter } from '../engine/software-adapter.ts';
import { tinyNetwork } from '../network/tiny-network.ts';
import { benchCard, placementOf } from './card.ts';

const env = softwareAdapter();
const MINUTES = 60_000;

describe('a step on a graphics card', () => {
  const { resnet, transformer } = GRAPHS;
  const images = { '/labels': 4 * 4, '/learningRate': 4 };
  it.skipIf(!env).each<[NetworkSpec, Record<string, number>]>([
    [tinyNetwork, { ...images, '/images': 4 * 3 * 8 * 8 * 4, '/dropout0': 4 * 8 * 4 }],
    [
      { ...resnet.spec, name: 'a ResNet' },
      { ...images, '/images': 4 * 3 * 8 * 8 * 4 },
    ],
    [
      { ...transformer.spec, name: 'a transformer' },
      { ...images, '/images': 4 * 3 * 8 * 8 * 4, '/dropout0': 4 * 4 },
    ],
  ])(
    'of $name is wholly there: images, masks, labels and rate come in, loss and count go out',
    (spec, bytes) => {
      const step = benchCard(spec, { adapter: { name: 'SwiftShader', kind: 'software' }, env: env! });
      expect(step).toMatchObject({ processor: 0, fallbacks: [], copies: 0 });
      expect(step.card).toBeGreaterThan(40);
      expect(step.in).toEqual(bytes);
      expect(step.out).toEqual({ '/loss': 4, '/correct': 4 });
    },
    4 * MINUTES,
  );

  it('is not, where onnxruntime says that it leaves a node to the processor', () => {
    const line = (text: string) =>
      `2026-12-01 03:12:12.97 [V:onnxruntime:, session_state.cc:1383 VerifyEachNodeIsAssignedToAnEp]  ${text}`;
    // Of Relu, Det and Relu, of which WebGPU has no Det.
    const log = [
      'transformer_memcpy.cc:393 AddCopyNode] Add MemcpyFromHost after Det_1 for WebGpuExecutionProvider',
      line('Node(s) placed on [CPUExecutionProvider]. Number of nodes: 1'),
      line('  Det (Det_1)'),
      line('Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 4'),
      line('  MemcpyFromHost (Memcpy)'),
      line('  MemcpyToHost (Memcpy_token_0)'),
      line('  Relu (Relu_0)'),
      line('  Relu (Relu_2)'),
    ];
    expect(placementOf(log.join('\n'))).toEqual({ card: 2, processor: 1, fallbacks: ['Det (Det_1)'], copies: 2 });
    const wholly = line('All nodes placed on [CPUExecutionProvider]. Number of nodes: 3');
    expect(placementOf(wholly)).toEqual({ card: 0, processor: 3, fallbacks: [], copies: 0 });
    expect(() => placementOf('')).toThrow('does not say');
  });
});
