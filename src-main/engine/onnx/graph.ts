import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto/onnx_pb.js';
import {
  attributeProto,
  DATA_TYPES,
  tensorProto,
  valueInfo,
  type Attribute,
  type ElementType,
  type TensorType,
} from './protobuf.ts';

/** The name of a tensor in the graph. */
export type Value = string;

/** The operators' versions (https://onnx.ai/onnx/operators); IR version 10 is the one that came with it. */
const OPSET = 21n;
/** onnxruntime's own operators on blocked images (layers/layer.ts). */
const BLOCKED_DOMAIN = 'com.microsoft.nchwc';
/** onnxruntime's own operators on tensors of any kind. */
const OWN_DOMAIN = 'com.microsoft';
const IR_VERSION = 10n;

/**
 * Builds one ONNX graph, node by node, in the order in which they run.
 *
 * @example
 * const graph = new Graph();
 * const x = graph.input('x', ['N', 3]);
 * graph.output('y', graph.node('Relu', [x]), ['N', 3]);
 * const session = await InferenceSession.create(graph.serialise());
 */
export class Graph {
  readonly elementType: ElementType;
  readonly #nodes: NodeProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #constants = new Map<string, TensorProto>();
  /** The node that makes a value, and those that read it. */
  readonly #makers = new Map<Value, NodeProto>();
  readonly #readers = new Map<Value, NodeProto[]>();
  readonly #outputNames = new Set<string>();

  constructor(elementType: ElementType = 'float32') {
    this.elementType = elementType;
  }

  /** Declares an input. A dimension given as text may have any size; without a shape, it may have any. */
  input(name: string, shape?: readonly (number | string)[], type: TensorType = this.elementType): Value {
    this.#inputs.push(valueInfo(name, shape, type));
    return name;
  }

  /**
   * Makes the value of a node an output, and renames it to that. Where the shape is left out, onnxruntime works it out.
   */
  output(name: string, value: Value, shape?: readonly (number | string)[], type: TensorType = this.elementType): Value {
    const maker = this.#makers.get(value);
    // Renaming saves the copy that an Identity makes.
    if (maker === undefined || this.#outputNames.has(value)) this.#add('Identity', [value], [name]);
    else {
      const readers = this.#readers.get(value) ?? [];
      maker.output = maker.output.map((output) => (output === value ? name : output));
      for (const node of readers) node.input = node.input.map((input) => (input === value ? name : input));
      this.#makers.set(name, maker);
      this.#readers.set(name, [...(this.#readers.get(name) ?? []), ...readers]);
    }
    this.#outputNames.add(name);
    this.#outputs.push(valueInfo(name, shape, type));
    return name;
  }

  /** Adds an operator with one output; '' leaves an optional input out. */
  node(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.nodes(operator, inputs, 1, attributes)[0];
  }

  /** Adds an operator of onnxruntime's own on blocked images. */
  blocked(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.nodes(operator, inputs, 1, attributes, BLOCKED_DOMAIN)[0];
  }

  /** Products of two stacks of matrices, [K, ...] each, either read transposed. Only on the processor. */
  stackedProduct(a: Value, b: Value, transposed: { readonly a?: boolean; readonly b?: boolean } = {}): Value {
    const attributes = { transA: transposed.a ? 1 : 0, transB: transposed.b ? 1 : 0 };
    return this.nodes('FusedMatMul', [a, b], 1, attributes, OWN_DOMAIN)[0];
  }

  /**
   * Changes the node of onnxruntime's own operator on blocked images that makes a value, where nothing reads that value yet. The
   * node moves to the end, after what it newly reads. False where there is no such node, or `change` leaves it as it is.
   */
  extend(
    value: Value,
    operator: string,
    change: (node: {
      readonly input: readonly Value[];
      readonly attributes: ReadonlySet<string>;
    }) => { readonly input?: readonly Value[]; readonly attributes?: Readonly<Record<string, Attribute>> } | undefined,
  ): boolean {
    const node = this.#makers.get(value);
    if (node?.domain !== BLOCKED_DOMAIN || node.opType !== operator) return false;
    if (this.#readers.has(value) || this.#outputNames.has(value)) return false;
    const changed = change({ input: node.input, attributes: new Set(node.attribute.map(({ name }) => name)) });
    if (changed === undefined) return false;
    const added = Object.entries(changed.attributes ?? {}).map(([key, value]) => attributeProto(key, value));
    const before = node.input;
    node.input = [...(changed.input ?? before)];
    node.attribute = [...node.attribute, ...added];
    this.#read(
      node,
      node.input.filter((input) => !before.includes(input)),
    );
    this.#nodes.push(...this.#nodes.splice(this.#nodes.lastIndexOf(node), 1));
    return true;
  }

  /** Adds an operator with several outputs. */
  nodes(
    operator: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): Value[] {
    const name = `${operator}_${this.#nodes.length}`;
    const output = Array.from({ length: outputs }, (_, index) => (outputs === 1 ? name : `${name}_${index}`));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.#add(operator, inputs, output, { name, domain, attribute });
    return output;
  }

  #add(
    opType: string,
    input: readonly Value[],
    output: readonly Value[],
    rest?: Pick<NodeProto, 'name' | 'domain' | 'attribute'>,
  ): void {
    const node = create(NodeProtoSchema, { opType, input: [...input], output: [...output], ...rest });
    this.#nodes.push(node);
    for (const value of output) this.#makers.set(value, node);
    this.#read(node, input);
  }

  #read(node: NodeProto, values: readonly Value[]): void {
    for (const value of new Set(values)) {
      const readers = this.#readers.get(value);
      if (readers) readers.push(node);
      else this.#readers.set(value, [node]);
    }
  }

  /** A constant of the element type; no shape makes a scalar. */
  constant(data: number | readonly number[] | Float64Array, shape: readonly number[] = []): Value {
    const values = typeof data === 'number' ? [data] : data;
    const array = this.elementType === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
    return this.#constant(this.elementType, array, shape);
  }

  /**
   * A number that is multiplied with or added to a value of this shape. Where sides of 1 come last, it has as many axes as the value: with fewer,
   * onnxruntime takes the value number by number, which is sixty times as slow.
   */
  factor(data: number, shape: readonly number[]): Value {
    return this.constant([data], shape.at(-1) === 1 ? shape.map(() => 1) : []);
  }

  /** A vector of int64, the type of shapes, axes and offsets. */
  integers(...data: number[]): Value {
    return this.#constant('int64', BigInt64Array.from(data, BigInt), [data.length]);
  }

  int32(data: readonly number[], shape: readonly number[]): Value {
    return this.#constant('int32', Int32Array.from(data), shape);
  }

  /** A size of 0 keeps that side; -1 stands for the size that remains. */
  reshape(x: Value, ...shape: number[]): Value {
    return this.node('Reshape', [x, this.integers(...shape)]);
  }

  transpose(x: Value, ...perm: number[]): Value {
    return this.node('Transpose', [x], { perm });
  }

  cast(x: Value, to: TensorType = this.elementType): Value {
    return this.node('Cast', [x], { to: DATA_TYPES[to] });
  }

  /** Elements from `start` to `end` (exclusive) in steps, along each of `axes`. */
  slice(
    x: Value,
    axes: readonly number[],
    start: readonly number[],
    end: readonly number[],
    steps?: readonly number[],
  ) {
    const inputs = [x, this.integers(...start), this.integers(...end), this.integers(...axes)];
    return this.node('Slice', steps ? [...inputs, this.integers(...steps)] : inputs);
  }

  /** Removes the nodes whose values no output needs: onnxruntime would compute them. */
  dropUnread(): void {
    const read = new Set(this.#outputs.map(({ name }) => name));
    for (let index = this.#nodes.length - 1; index >= 0; index--) {
      const { input, output } = this.#nodes[index];
      if (output.some((value) => read.has(value))) for (const value of input) read.add(value);
      else this.#nodes.splice(index, 1);
    }
  }

  /** Number of nodes of each operator; the names of operators of another domain begin with the domain. */
  operators(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { domain, opType } of this.#nodes) {
      const name = domain === '' ? opType : `${domain}.${opType}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  /**
   * The bytes of an .onnx file, for onnxruntime. Its nodes are in reverse: onnxruntime goes up from the outputs to what they are made
   * from, and begins with what comes last in the file, of outputs and of a node's inputs alike. So each is computed in the order in
   * which it was added, and no sooner than it is needed: a layer's dw while dy is still in the cache, not after all layers' dx.
   */
  serialise(): Uint8Array {
    const graph = create(GraphProtoSchema, {
      name: 'transplant',
      node: this.#nodes.toReversed(),
      input: this.#inputs,
      output: this.#outputs,
      initializer: [...this.#constants.values()],
    });
    const opsetImport = [
      create(OperatorSetIdProtoSchema, { domain: '', version: OPSET }),
      ...[BLOCKED_DOMAIN, OWN_DOMAIN].map((domain) => create(OperatorSetIdProtoSchema, { domain, version: 1n })),
    ];
    return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: IR_VERSION, opsetImport, graph }));
  }

  /** Equal constants are stored once. */
  #constant(
    type: TensorType,
    data: Float32Array | Float64Array | Int32Array | BigInt64Array,
    shape: readonly number[],
  ): Value {
    const key = `${type} ${shape.join('x')} ${data.join(' ')}`;
    let tensor = this.#constants.get(key);
    if (!tensor) {
      tensor = tensorProto(`constant_${this.#constants.size}`, type, shape, data);
      this.#constants.set(key, tensor);
    }
    return tensor.name;
  }
}
