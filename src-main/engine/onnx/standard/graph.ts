import { create } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  NodeProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../proto/onnx_pb.js';
import { attributeProto, tensorProto, valueInfo, type Attribute } from '../protobuf.ts';

/** A graph that people read: every node and constant has a name that was chosen for it. Values are float32. */
export class StandardGraph {
  readonly #nodes: NodeProto[] = [];
  readonly #initialisers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  input(name: string, shape: readonly (number | string)[], meaning: string): string {
    this.#inputs.push({ ...valueInfo(name, shape, 'float32'), docString: meaning });
    return name;
  }

  /** Declares the value of this name as an output. */
  output(name: string, shape: readonly (number | string)[], meaning: string): void {
    this.#outputs.push({ ...valueInfo(name, shape, 'float32'), docString: meaning });
  }

  /** Adds a constant. It isn't copied: `data` must stay as it is until the graph is written. */
  constant(name: string, shape: readonly number[], data: Float32Array | BigInt64Array): string {
    this.#initialisers.push(tensorProto(name, data instanceof Float32Array ? 'float32' : 'int64', shape, data));
    return name;
  }

  /** Adds an operator of the standard; its output is named after it unless said otherwise. */
  node(
    name: string,
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = `${name}.output`,
  ): string {
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.#nodes.push(create(NodeProtoSchema, { name, opType, input: [...input], output: [output], attribute }));
    return output;
  }

  proto(name: string): GraphProto {
    return create(GraphProtoSchema, {
      name,
      node: this.#nodes,
      initializer: this.#initialisers,
      input: this.#inputs,
      output: this.#outputs,
    });
  }
}

/** A value between layers: [N, channels, rows, columns], or [N, values] where it is flat. */
export interface StandardValue {
  readonly value: string;
  readonly flat: boolean;
}

/** The value as [N, values], in the order channel, row, column, as dense weights have it. */
export function flattened(graph: StandardGraph, name: string, { value, flat }: StandardValue): string {
  return flat ? value : graph.node(`${name}.flatten`, 'Flatten', [value], { axis: 1 });
}

/** The value as images; a flat one is one row and one column of channels. */
export function asImages(graph: StandardGraph, name: string, { value, flat }: StandardValue): string {
  if (!flat) return value;
  const axes = graph.constant(`${name}.axes`, [2], BigInt64Array.of(2n, 3n));
  return graph.node(`${name}.unsqueeze`, 'Unsqueeze', [value, axes]);
}
