import type { NetworkDescription } from '../../../src-main/common/contract/networks.ts';

/** A weight layer with everything above it up to the next: what the paper counts as layer n. */
export interface Block {
  readonly n: number;
  readonly name: string;
  /** `64×16×16`: channels, rows, columns of what leaves it. */
  readonly shape: string;
  readonly parameters: number;
  /** What it is made of, from below: `5x5`, `max 3x3, stride 2` ... */
  readonly parts: readonly string[];
  /** Fractions of the largest, 0..1, by square roots: areas suggest rows x columns, widths suggest channels. */
  readonly height: number;
  readonly width: number;
}

export function blocksOf({ layers }: Pick<NetworkDescription, 'layers'>): Block[] {
  const groups = [...Map.groupBy(layers, ({ n }) => n)];
  const channels = ([, group]: (typeof groups)[number]) => group[group.length - 1].output[0];
  const rows = ([, group]: (typeof groups)[number]) => group[group.length - 1].output[1] ?? 1;
  const most = Math.max(1, ...groups.map(channels));
  const tallest = Math.max(1, ...groups.map(rows));
  return groups.map((one) => {
    const [n, group] = one;
    const first = group[0];
    const { output } = group[group.length - 1];
    return {
      n,
      name: first.name,
      shape: output.length > 1 && output[1] > 1 ? output.join('×') : String(output[0]),
      parameters: group.reduce((sum, layer) => sum + layer.parameters, 0),
      parts: group.map(({ type, settings }) => (settings === '' ? type : `${type} ${settings}`)),
      height: Math.sqrt(rows(one) / tallest),
      width: Math.sqrt(channels(one) / most),
    };
  });
}
