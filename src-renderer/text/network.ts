import type { Cut } from '../../src-main/common/cuts.ts';
import type { LayerOrigin } from '../../src-main/common/network-drawing/drawing.ts';
import type { Part } from '../../src-main/common/network-drawing/parts.ts';
import type { Fold } from '../../src-main/common/network-drawing/boxes.ts';
import { areNamed } from '../../src-main/common/cuts.ts';
import { counted } from '../../src-main/common/numbers.ts';
import type { SourceNames } from '../parts/origin.ts';

/** Texts of the drawing of a network, on whatever screen it stands. */
export const networkText = {
  picture: (name: string) => `${name}, layer by layer`,
  cuts: 'Where to cut: n, the number of layers that are transplanted',
  shownCuts: 'Layers, and the cuts between them',
  /** @param staged whether some cuts end no stage */
  cut: ({ n, name, level }: Cut, staged: boolean) =>
    `Cut n = ${n}, after ${name}${staged && level === 'stage' ? ', end of a stage' : ''}`,
  tried: ', tried',
  fold: ({ name, times }: Fold, open: boolean) =>
    open ? `Show ${name} as one block` : `Show ${name} as ${times} blocks one by one`,
  origin: ({ origin, frozen }: LayerOrigin, sources: SourceNames | undefined) =>
    `${origin === 'random' ? 'random' : `from ${sources?.[origin] ?? `base${origin}`}`}, ${frozen ? 'frozen' : 'learns'}`,
  layer(name: string, times: number, part: Part, from: LayerOrigin | undefined, sources: SourceNames | undefined) {
    const past = part.shortcuts.length;
    return [
      times > 1 ? `${name}, ${times} blocks alike` : name,
      part.shape,
      ...(past > 0 ? [counted(past, 'shortcut')] : []),
      ...(from ? [networkText.origin(from, sources)] : []),
    ].join(', ');
  },
  /** ` (up to layer1.2)` after words about layers 1 to n, where names say more than numbers. */
  upTo: (cuts: readonly Cut[], n: number) => (areNamed(cuts) && cuts[n - 1] ? ` (up to ${cuts[n - 1].name})` : ''),
};
