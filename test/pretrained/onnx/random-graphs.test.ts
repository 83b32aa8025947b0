import { expect, it } from 'vitest';
import type { NodeProto, TensorProto } from '../../../src-main/engine/onnx/proto/onnx_pb.js';
import { onnxNetwork } from '../../../src-main/pretrained/onnx/onnx.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { model, node, noise, wholes } from './model.ts';

/** A graph of operators that are there, in an order that chance chooses, of values [N, 4, 8, 8] or [N, 8, 8, 4]. */
class RandomGraph {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  readonly #stream: RandomStream;
  #last = 'x';
  #isChannelsLast = false;
  /** Values of the same shape and layout. */
  #others: string[] = [];

  constructor(seed: number) {
    this.#stream = new RandomStream('random graphs', seed);
    this.#add('Conv', [this.#noise(4, 3, 3, 3)], { pads: [1, 1, 1, 1] });
    for (let step = 0; step < 9; step++) this.#step();
    this.#add('Flatten', []);
    this.#add('Gemm', [this.#noise(256, 5), this.#noise(5)]);
  }

  get bytes(): Uint8Array {
    this.nodes.push(node('Identity', [this.#last], 'y'));
    return model({ nodes: this.nodes, constants: this.constants });
  }

  #add(type: string, others: readonly string[], attributes: Parameters<typeof node>[3] = {}, of = this.#last): string {
    const name = `v${this.nodes.length}`;
    this.nodes.push(node(type, [of, ...others], name, attributes));
    return (this.#last = name);
  }

  #noise(...shape: readonly number[]): string {
    const name = `c${this.constants.length}`;
    this.constants.push(noise(name, ...shape));
    return name;
  }

  #wholes(...values: readonly number[]): string {
    const name = `c${this.constants.length}`;
    this.constants.push(wholes(name, ...values));
    return name;
  }

  #step(): void {
    const { integer } = { integer: (bound: number) => this.#stream.integer(bound) };
    const last = this.#isChannelsLast;
    const [channels, images] = last ? [3, [1, 2]] : [1, [2, 3]];
    const before = this.#last;
    const other = this.#others.length > 0 ? this.#others[integer(this.#others.length)] : before;
    const steps = [
      () => this.#add(['Relu', 'Sigmoid', 'HardSwish', 'Tanh'][integer(4)], []),
      () => {
        this.#add('Transpose', [], { perm: last ? [0, 3, 1, 2] : [0, 2, 3, 1] });
        this.#isChannelsLast = !last;
        this.#others = [];
      },
      () => this.#add('Add', [other]),
      () => this.#add(integer(2) ? 'Mul' : 'Add', [last ? this.#noise(4) : this.#noise(4, 1, 1)]),
      () => this.#add('Add', [last ? this.#noise(1, 8, 8, 4) : this.#noise(1, 4, 8, 8)]),
      () => {
        this.#add('Concat', [other], { axis: channels });
        const start = integer(4);
        this.#add('Slice', [this.#wholes(start), this.#wholes(start + 4), this.#wholes(channels)]);
      },
      () => {
        this.#add('ReduceMean', [], { axes: integer(2) ? images : [channels], keepdims: 1 });
        this.#add('Sigmoid', []);
        this.#add('Mul', [before]);
      },
      () => {
        this.#add('Reshape', [last ? this.#wholes(0, -1, 4) : this.#wholes(0, 4, -1)]);
        if (last) this.#add('LayerNormalization', [this.#noise(4), this.#noise(4)]);
        else this.#add('Softmax', [], { axis: integer(2) + 1 });
        this.#add('Reshape', [last ? this.#wholes(0, 8, 8, 4) : this.#wholes(0, 4, 8, 8)]);
      },
      () =>
        last
          ? this.#add('MatMul', [this.#noise(4, 4)])
          : this.#add('Conv', [this.#noise(4, 1, 3, 3)], { group: 4, pads: [1, 1, 1, 1] }),
      () => {
        const half = (start: number) => [this.#wholes(start), this.#wholes(start + 4), this.#wholes(2)];
        const [upper, lower] = [this.#add('Slice', half(0)), this.#add('Slice', half(4), {}, before)];
        this.#add('Concat', [upper], { axis: 2 }, lower);
      },
    ];
    steps[integer(steps.length)]();
    if (this.#last !== before && last === this.#isChannelsLast) this.#others.push(before);
  }
}

// Whatever is read is compared with what onnxruntime makes of the file, and refused where it differs.
it.each(Array.from({ length: 40 }, (_, seed) => seed))('random graph %i is read as what it computes', async (seed) => {
  const { classes } = await onnxNetwork(new RandomGraph(seed).bytes, { name: `random-${seed}` });
  expect(classes).toBe(5);
});
