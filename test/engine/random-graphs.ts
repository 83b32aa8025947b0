import fc from 'fast-check';
import type { Shape } from '../../src-main/network/layers/layer.ts';
import type { Network } from '../../src-main/network/network.ts';
import type { EntryInput } from '../../src-main/network/spec.ts';
import { PLAIN_MULTIPLIERS, tryNetwork } from './random-networks.ts';

/** Decides what is drawn where there is a choice: a number from 0 to below `of`. */
type Draw = (of: number) => number;

const SIZE = 6;
/** Keeps norms of few values from making large gradients of small ones. */
const epsilon = 0.1;
const table = { kind: 'gaussian', std: 0.5 } as const;

/**
 * Networks that are graphs: branches, values that are read more than once (also the images), blocks in blocks, tokens with
 * attention, every kind of layer. All that nothing reads meets at the end.
 */
export const randomGraphs: fc.Arbitrary<Network> = randomGraphsOf(4);

/** @param width channels of convolutions */
export function randomGraphsOf(width: number): fc.Arbitrary<Network> {
  return fc
    .record({
      choices: fc.array(fc.nat({ max: 1e6 }), { minLength: 10, maxLength: 50 }),
      classes: fc.integer({ min: 2, max: 4 }),
    })
    .map(({ choices, classes }) => tryNetwork(SIZE, new Drawing(choices, width).layers(), classes))
    .filter((network) => network !== undefined);
}

interface Made {
  readonly name: string;
  readonly shape: Shape;
}

class Drawing {
  readonly #width: number;
  readonly #choices: number[];
  readonly #entries: EntryInput[] = [];
  /** Values so far, and which of them nothing has read. */
  readonly #made: Made[] = [];
  readonly #unread = new Set<Made>();
  #names = 0;

  constructor(choices: readonly number[], width: number) {
    this.#width = width;
    this.#choices = choices.toReversed();
  }

  layers(): EntryInput[] {
    this.#layer({ ...this.#conv(3), name: 'first' }, [], [this.#width, SIZE, SIZE]);
    while (this.#choices.length > 0) this.#step();
    const ends = [...this.#unread].map((value) => this.#layer(this.#dense(3), [value], [3, 1, 1]));
    if (ends.length > 1) this.#layer({ type: 'add' }, ends, [3, 1, 1]);
    this.#entries.push({ type: 'dense', name: 'last', multipliers: PLAIN_MULTIPLIERS });
    return this.#entries;
  }

  readonly #draw: Draw = (of) => (this.#choices.pop() ?? 0) % of;
  #name = (): string => `v${this.#names++}`;
  #pick = <T>(from: readonly T[]): T => from[this.#draw(from.length)];

  /** Adds an entry that reads some values, or the images where there are none. */
  #layer(entry: EntryInput, sources: readonly Made[], shape: Shape): Made {
    const name = ('name' in entry && entry.name) || this.#name();
    const inputs = sources.map((source) => source.name);
    this.#entries.push({ ...entry, name, ...(inputs.length > 0 && { inputs }) } as EntryInput);
    // What a block makes has the name of its last layer.
    const made = { name: 'layers' in entry || 'branch' in entry ? `${name}.end` : name, shape };
    for (const source of sources) this.#unread.delete(source);
    this.#made.push(made);
    this.#unread.add(made);
    return made;
  }

  #step(): void {
    const source = this.#pick(this.#made);
    const { shape } = source;
    const [channels, rows, columns] = shape;
    if (shape.length === 2) {
      const [kept] = this.#ofTokens(shape[1]);
      this.#layer(kept, [source], shape);
      return;
    }
    switch (this.#draw(12)) {
      case 0:
      case 1:
      case 2: {
        this.#layer(this.#pick(this.#ofImages(shape)), [source], shape);
        return;
      }
      case 3: {
        const layers: EntryInput[] = [...this.#chain(shape), { type: 'relu', name: 'end' }];
        this.#layer({ type: 'block', name: this.#name(), layers }, [source], shape);
        return;
      }
      case 4: {
        const after: EntryInput[] = [{ type: this.#pick(['relu', 'silu'] as const), name: 'end' }];
        const shortcut = this.#draw(2) === 0 ? {} : { shortcut: this.#chain(shape) };
        this.#layer(
          { type: 'residual', name: this.#name(), branch: this.#chain(shape), ...shortcut, after },
          [source],
          shape,
        );
        return;
      }
      case 5: {
        // Squeeze and excitation, of a value that is read twice.
        const squeezed = this.#layer({ type: 'global-pool' }, [source], [channels, 1, 1]);
        const excited = this.#layer({ ...this.#conv(1), filters: channels }, [squeezed], [channels, 1, 1]);
        const gate = this.#layer(
          { type: this.#pick(['sigmoid', 'hard-sigmoid'] as const) },
          [excited],
          [channels, 1, 1],
        );
        this.#layer({ type: 'multiply' }, [source, gate], shape);
        return;
      }
      case 6: {
        const others = this.#made.filter((other) => other.shape.join() === shape.join());
        this.#layer({ type: this.#pick(['add', 'multiply'] as const) }, [source, this.#pick(others)], shape);
        return;
      }
      case 7: {
        const others = this.#made.filter((other) => other.shape.slice(1).join() === shape.slice(1).join());
        const other = this.#pick(others);
        if (channels + other.shape[0] > 3 * this.#width) return;
        this.#layer({ type: 'concat' }, [source, other], [channels + other.shape[0], rows, columns]);
        return;
      }
      case 8: {
        if (rows < 2 || columns < 2) return;
        const strided = { kernel: 2, stride: 2 };
        const half = [Math.floor(rows / 2), Math.floor(columns / 2)];
        if (this.#draw(2) === 0)
          this.#layer({ ...this.#conv(2), ...strided, pad: 0 }, [source], [this.#width, ...half]);
        else
          this.#layer(
            { type: 'pool', mode: this.#pick(['max', 'average']), ...strided },
            [source],
            [channels, ...half],
          );
        return;
      }
      case 9: {
        if (channels < 2) return;
        const step = 1 + this.#draw(2);
        const taken = Math.ceil((channels - 1) / step);
        this.#layer({ type: 'slice', start: 1, step }, [source], [taken, rows, columns]);
        return;
      }
      case 10: {
        if (channels > 2 * this.#width) return;
        this.#layer({ type: 'zero-channels', before: 1, after: 2 }, [source], [channels + 3, rows, columns]);
        return;
      }
      default: {
        if (channels % 2 !== 0) return;
        const pixels = rows * columns;
        const flat = this.#layer({ type: 'reshape', shape: [channels, -1] }, [source], [channels, pixels]);
        const tokens = this.#layer({ type: 'transpose', order: [1, 0] }, [flat], [pixels, channels]);
        const joined: EntryInput = {
          type: 'table',
          name: this.#name(),
          mode: 'join',
          shape: [1, 1, channels],
          init: table,
        };
        this.#layer(joined, [tokens], [pixels + 1, channels]);
      }
    }
  }

  /** Entries that keep an image's shape, blocks among them. */
  #chain(shape: Shape): EntryInput[] {
    return Array.from({ length: 1 + this.#draw(2) }, () => {
      const kinds = this.#ofImages(shape);
      return this.#pick(this.#draw(4) === 0 ? [this.#block(shape)] : kinds);
    });
  }

  #block(shape: Shape): EntryInput {
    const layers: EntryInput[] = [this.#conv(3, shape[0]), { type: 'add', inputs: ['input', 'deep'], name: 'sum' }];
    return {
      type: 'block',
      name: this.#name(),
      times: 2,
      layers: [{ ...layers[0], name: 'deep' } as EntryInput, layers[1]],
    };
  }

  #ofImages([channels, rows, columns]: Shape): EntryInput[] {
    return [
      this.#conv(3, channels),
      { ...this.#conv(3, channels), groups: channels, pad: [1, 2, 1, 0] },
      { ...this.#conv(3, channels), dilation: 2, pad: 2 },
      { type: 'batch-norm', name: this.#name(), epsilon },
      { type: 'layer-norm', name: this.#name(), epsilon },
      { type: 'group-norm', name: this.#name(), groups: 1, epsilon },
      { type: this.#pick(['relu', 'leaky-relu', 'silu', 'hard-swish', 'sigmoid', 'tanh', 'gelu'] as const) },
      { type: 'clip', least: -1, most: 1 },
      { type: 'pool', mode: this.#pick(['max', 'average']), kernel: 3, stride: 1, pad: 1, countPadding: true },
      { type: 'dropout', rate: 0.25 },
      { type: 'stochastic-depth', rate: 0.25 },
      { type: 'table', name: this.#name(), mode: 'add', shape: [channels, rows, columns], init: table },
      { type: 'table', name: this.#name(), mode: 'multiply', shape: [channels], axis: 0, init: table },
    ];
  }

  #ofTokens(width: number): EntryInput[] {
    const name = this.#name();
    const over = 'last' as const;
    const kinds: EntryInput[] = [
      {
        type: 'block',
        name,
        layers: [
          { type: 'attention', name: 'attention', width, heads: 2, multipliers: PLAIN_MULTIPLIERS },
          { type: 'add', name: 'end', inputs: ['attention.proj', 'input'] },
        ],
      },
      { type: 'dense', name, units: width, over, multipliers: PLAIN_MULTIPLIERS },
      { type: 'layer-norm', name, epsilon },
      { type: 'softmax', name, axis: 0 },
      { type: 'gelu', name, form: 'tanh' },
      { type: 'table', name, mode: 'add', shape: [1, 1, width], init: table },
    ];
    return [this.#pick(kinds)];
  }

  #conv(kernel: number, filters = this.#width) {
    const pad = Math.floor(kernel / 2);
    return {
      ...({ type: 'conv', name: this.#name(), filters, kernel, pad, multipliers: PLAIN_MULTIPLIERS } as const),
      ...(this.#draw(2) === 0 && { bias: false }),
    };
  }

  #dense(units: number): EntryInput {
    return { type: 'dense', name: this.#name(), units, multipliers: PLAIN_MULTIPLIERS };
  }
}
