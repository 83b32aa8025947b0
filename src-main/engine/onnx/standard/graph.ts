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

/** A graph that is read by people: every node and constant has a name that somebody chose. Values are float32. */
export class StandardGraph {
  readonly #nodes: NodeProto[] = [];
  readonly #initialisers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  input(name: string, shape: readonly (number | string)[], meaning: string): string {
    this.#inputs.push({ ...valueInfo(name, shape, 'float32'), docString: meaning });
    return name;
  }

  /** Declares a value that a node has under this name to be put out. */
  output(name: string, shape: readonly (number | string)[], meaning: string): void {
    this.#outputs.push({ ...valueInfo(name, shape, 'float32'), docString: meaning });
  }

  /** A constant, not copied: `data` must stay as it is until the graph is written. */
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
