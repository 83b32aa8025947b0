import { describe, expect, it } from 'vitest';
import { boxesOf, isInside } from '../../src-main/common/network-drawing/boxes.ts';
import { layoutOf } from '../../src-main/common/network-drawing/layout.ts';
import { partsOf } from '../../src-main/common/network-drawing/parts.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { describedLayers } from '../../src-main/network/describe.ts';
import { countNetwork, resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema, type EntryInput } from '../../src-main/network/spec.ts';

const { training } = BUILT_IN_NETWORKS.get('resnet-32')!;
const dense: EntryInput = { type: 'dense', name: 'head' };
const made = (layers: EntryInput[], inputSize = 32) =>
  resolveNetwork(networkSchema.parse({ name: 'made', inputSize, layers, training }), 10);
const built = (name: string) => resolveNetwork(BUILT_IN_NETWORKS.get(name)!, 500);
const partsOfNetwork = (network: ReturnType<typeof made>) =>
  partsOf({ layers: describedLayers(network), cuts: network.cuts });
const closed = () => false;

describe('the parts of a network', () => {
  const network = built('alexnet');
  const parts = partsOfNetwork(network);

  it('are the weight layers of the paper with what stands above them', () => {
    expect(parts.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8']);
    expect(parts[0].shape).toBe('96×27×27');
    expect(parts[7].shape).toBe('500');
    expect(parts.flatMap(({ shortcuts }) => shortcuts)).toEqual([]);
  });
  it('are high where there are many rows and wide where there are many channels', () => {
    expect(Math.max(...parts.map(({ height }) => height))).toBe(parts[0].height);
    expect(Math.max(...parts.map(({ width }) => width))).toBe(parts[5].width);
    for (const { height, width } of parts) expect(Math.max(height, width)).toBeLessThanOrEqual(1);
  });
  it('have every parameter of the network once', () => {
    for (const name of BUILT_IN_NETWORKS.keys()) {
      const all = partsOfNetwork(built(name)).reduce((sum, { parameters }) => sum + parameters, 0);
      expect(all).toBe(countNetwork(built(name)).parameters);
    }
  });
  it('that are residual have a shortcut past everything, with weights where images become smaller', () => {
    const shortcutsOf = (name: string) =>
      partsOfNetwork(built('resnet-64')).find((part) => part.name === name)!.shortcuts;
    expect(shortcutsOf('conv1')).toEqual([]);
    expect(shortcutsOf('layer1.0')).toEqual([{ from: 0, to: 1, weighted: false }]);
    expect(shortcutsOf('layer2.0')).toEqual([{ from: 0, to: 1, weighted: true }]);
  });
  it('of a transformer have two shortcuts, one after the other, and squeeze-and-excitation has one inside another', () => {
    const width = 16;
    const transformer: EntryInput[] = [
      { type: 'conv', name: 'embed', filters: width, kernel: 8, stride: 8 },
      { type: 'reshape', shape: [width, -1] },
      { type: 'transpose', order: [1, 0] },
      {
        type: 'block',
        name: 'blocks',
        times: 2,
        layers: [
          { type: 'layer-norm', name: 'norm1' },
          { type: 'attention', name: 'attn', width, heads: 2 },
          { type: 'add', name: 'add1', inputs: ['attn.proj', 'input'] },
          { type: 'layer-norm', name: 'norm2' },
          { type: 'dense', name: 'fc1', units: 32, over: 'last' },
          { type: 'gelu' },
          { type: 'dense', name: 'fc2', units: width, over: 'last' },
          { type: 'add', name: 'add2', inputs: ['fc2', 'add1'] },
        ],
      },
      { type: 'reshape', shape: [-1] },
      dense,
    ];
    const [, block] = partsOfNetwork(made(transformer));
    expect(block.shape).toBe('16×16');
    expect(block.shortcuts).toEqual([
      { from: 0, to: 0.5, weighted: false },
      { from: 0.5, to: 1, weighted: false },
    ]);
    const excited: EntryInput[] = [
      { type: 'conv', name: 'stem', filters: 8, kernel: 3, pad: 1 },
      {
        type: 'residual',
        name: 'block',
        branch: [
          { type: 'conv', name: 'conv', filters: 8, kernel: 3, pad: 1 },
          { type: 'relu', name: 'act' },
          { type: 'global-pool' },
          { type: 'conv', name: 'gate', filters: 8, kernel: 1 },
          { type: 'sigmoid', name: 'gates' },
          { type: 'multiply', inputs: ['act', 'gates'] },
        ],
      },
      { type: 'global-pool' },
      dense,
    ];
    const { shortcuts } = partsOfNetwork(made(excited))[1];
    expect(shortcuts).toEqual([
      { from: 0.25, to: 0.75, weighted: false },
      { from: 0, to: 1, weighted: false },
    ]);
  });
});

describe('the boxes of a network', () => {
  it('are its parts where none is like its neighbour', () => {
    expect(boxesOf(partsOfNetwork(built('alexnet')), closed)).toHaveLength(8);
  });
  it('stand for several blocks of one kind within a stage, until these are asked for', () => {
    const parts = partsOfNetwork(built('resnet-32'));
    expect(boxesOf(parts, closed).map(({ name, times }) => (times > 1 ? `${name} x${times}` : name))).toEqual([
      ...['conv1', 'layer1.0–2 x3', 'layer2.0', 'layer2.1–2 x2', 'layer3.0', 'layer3.1–2 x2', 'fc'],
    ]);
    const open = boxesOf(parts, (fold) => isInside(fold, 3));
    expect(open.map(({ name }) => name).slice(0, 5)).toEqual(['conv1', 'layer1.0', 'layer1.1', 'layer1.2', 'layer2.0']);
    // Every cut is there once all are open.
    expect(boxesOf(parts, () => true).flatMap(({ cut }) => cut?.n ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe('the layout of a network', () => {
  const boxes = boxesOf(partsOfNetwork(built('resnet-32')), () => true);

  it('keeps every box and cut within the width, in as many rows as that asks for', () => {
    for (const width of [200, 360, 760, 1400]) {
      const layout = layoutOf(boxes, width, { foldable: true });
      expect(layout.boxes).toHaveLength(boxes.length);
      expect(layout.cuts).toHaveLength(10);
      for (const { left, top, width: own, height } of layout.boxes) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left + own).toBeLessThanOrEqual(width);
        expect(top + height).toBeLessThanOrEqual(layout.height);
      }
    }
    expect(layoutOf(boxes, 360, { foldable: true }).flows.length).toBeGreaterThan(1);
    expect(layoutOf(boxes, 1400, { foldable: true }).flows).toHaveLength(1);
  });
  it('leaves words their room: below the third line, and half a gap beside the outer columns', () => {
    for (const width of [200, 360, 760, 1400])
      for (const foldable of [true, false]) {
        const layout = layoutOf(boxes, width, { foldable });
        for (const { column, words } of layout.boxes) {
          const [baseline, descent] = [13 + 2 * 17, 4];
          expect(words + baseline + descent).toBeLessThanOrEqual(layout.height);
          expect(column.left).toBeGreaterThanOrEqual(8);
          expect(column.left + column.width + 8).toBeLessThanOrEqual(layout.width);
        }
        for (const { x } of layout.cuts) expect(x + 8).toBeLessThanOrEqual(layout.width);
      }
  });
  it('has a place to close each open fold', () => {
    const { folds } = layoutOf(boxes, 1400, { foldable: true });
    expect(folds.map(({ fold, open }) => [fold.name, open])).toEqual([
      ['layer1.0–2', true],
      ['layer2.1–2', true],
      ['layer3.1–2', true],
    ]);
  });
});
