import type { GraphProto, ModelProto } from '../../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../errors.ts';
import type { Builder } from './builder.ts';
import { constantOf, wholes, type Constant } from './constant.ts';
import { Budget, folded, generated } from './folding.ts';
import { Node } from './node.ts';
import { normInPieces } from './operators/norm-in-pieces.ts';
import { OPERATORS } from './operators/operators.ts';
import type { Operand, Step } from './operators/step.ts';
import type { Value } from './value.ts';

/** What a name of the graph can't be: no name at all, for an input that is left out. */
const NONE = '';
/** Operators after the classes' numbers that leave their order as it is. */
const ENDINGS: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'ArgMax']);
const PASSING = new Set(['Identity', 'Cast']);
/** Most nodes of a graph; the largest networks have some ten thousand. */
const MOST_NODES = 100_000;

/** The nodes of a graph that its classes depend on, in an order in which they can be computed. */
export class Graph {
  readonly proto: GraphProto;
  readonly nodes: readonly Node[];
  /** The name of the classes' numbers, before Softmax and the like. */
  readonly logits: string;
  /** The endings that were left off. */
  readonly left: readonly string[];
  readonly #makers: ReadonlyMap<string, Node>;

  constructor({ graph, opsetImport }: ModelProto) {
    if (!graph || graph.node.length === 0) throw new UserError('it is an ONNX model without a graph');
    if (graph.node.length > MOST_NODES)
      throw new UserError(`it has ${graph.node.length} nodes; ${MOST_NODES} are the most`);
    this.proto = graph;
    const opset = Number(opsetImport.find(({ domain }) => ['', 'ai.onnx'].includes(domain))?.version ?? 1);
    const all = graph.node.map((node) => new Node(node, opset));
    this.#makers = new Map(
      all.flatMap((node) => node.outputs.filter((name) => name !== NONE).map((name) => [name, node])),
    );
    const ends = graph.output.map(({ name }) => this.#beforeEndings(name));
    const names = new Set(ends.map(({ name }) => name));
    if (names.size !== 1)
      throw new UserError(
        `it has ${graph.output.length} outputs (${graph.output
          .slice(0, 3)
          .map(({ name }) => name.slice(0, 40))
          .join(', ')}), and a classifier has one; export it with its classes' output alone`,
      );
    [this.logits] = names;
    this.left = [...new Set(ends.flatMap(({ left }) => left))];
    const live = this.#readBy(this.logits);
    this.nodes = all.filter((node) => live.has(node));
  }

  #beforeEndings(output: string): { name: string; left: string[] } {
    let name = output;
    const left: string[] = [];
    for (let node = this.#makers.get(name); node && left.length < 8; node = this.#makers.get(name)) {
      if (ENDINGS.has(node.type)) left.push(node.type);
      else if (!PASSING.has(node.type)) break;
      [name] = node.inputs;
    }
    return { name, left };
  }

  /** The nodes that a value depends on. */
  #readBy(name: string): ReadonlySet<Node> {
    const live = new Set<Node>();
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const node = this.#makers.get(next);
      if (!node || live.has(node)) continue;
      live.add(node);
      open.push(...node.inputs);
    }
    return live;
  }
}

interface Reading {
  readonly graph: Graph;
  /** Bytes of the file. */
  readonly bytes: number;
  readonly builder: Builder;
  /** Its name, and the images as it reads them. */
  readonly input: string;
  readonly images: Value;
}

/** Goes through a graph from its images to its classes and builds the layers; returns the classes' numbers. */
export function built({ graph, bytes, builder, input, images }: Reading): Value {
  const initialisers = new Map(graph.proto.initializer.map((tensor) => [tensor.name, tensor]));
  const values = new Map<string, Operand>([[input, images]]);
  const makers = new Map<string, Pick<Step, 'node' | 'inputs'>>();
  const budget = new Budget(bytes);
  const readers = new Map<string, number>();
  for (const { inputs } of graph.nodes) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);

  const operand = (node: Node, name: string): Operand | undefined => {
    if (name === NONE) return undefined;
    const known = values.get(name);
    if (known) return known;
    const tensor = initialisers.get(name);
    if (!tensor)
      throw node.wrong(`reads ${name.slice(0, 80)}, which no node before it makes; its graph has a circle or a gap`);
    const constant = constantOf(tensor);
    values.set(name, constant);
    return constant;
  };
  for (const node of graph.nodes) {
    if (node.hasGraphs) throw node.wrong('chooses what is computed as it runs; export the model without control flow');
    const inputs = node.inputs.map((name) => operand(node, name));
    const step: Step = {
      ...{ node, inputs, builder, maker: (name) => makers.get(name), readers: (name) => readers.get(name) ?? 0 },
    };
    const results = computed(step, budget);
    node.outputs.forEach((name, index) => {
      const result = results[index] as Operand | undefined;
      if (name === NONE || !result) return;
      values.set(name, result);
      makers.set(name, { node, inputs });
    });
  }
  const logits = values.get(graph.logits);
  if (logits?.kind === 'unknown') throw logits.why;
  if (logits?.kind !== 'value') throw new UserError('its output does not depend on its image');
  return logits;
}

function computed(step: Step, budget: Budget): readonly Operand[] {
  const { node, inputs } = step;
  if (node.type === 'Constant') return [settingOf(node)];
  const constants = inputs.filter(
    (input): input is Constant | undefined => input === undefined || input.kind === 'constant',
  );
  if (constants.length === inputs.length) {
    const made = generated(node, constants, budget);
    const results = made ? [made] : folded(node, constants, budget);
    if (results) return results;
  }
  const unknown = inputs.find((input) => input?.kind === 'unknown');
  if (unknown) return [(node.type === 'Div' && normInPieces(step)) || unknown];
  const operator = Object.hasOwn(OPERATORS, node.type) ? OPERATORS[node.type] : undefined;
  if (!operator) throw notThere(node);
  try {
    const result = operator(step);
    return 'kind' in result ? [result] : result;
  } catch (why) {
    // The mean of squares is a part of a layer norm, which its last node shows.
    if (node.type === 'ReduceMean' && why instanceof UserError) return [{ kind: 'unknown', why }];
    throw why;
  }
}

/** https://onnx.ai/onnx/operators/onnx__Constant.html */
function settingOf(node: Node): Constant {
  const tensor = node.tensor('value');
  if (tensor) return constantOf(tensor);
  const one = (value: number): Constant => ({
    kind: 'constant',
    type: 'float',
    shape: [],
    data: Float32Array.of(value),
  });
  if (node.has('value_float')) return one(node.float('value_float', 0));
  if (node.has('value_int')) return wholes([node.int('value_int', 0)], []);
  const [ints, floats] = [node.ints('value_ints'), node.floats('value_floats')];
  if (node.has('value_ints') && ints) return wholes(ints);
  if (node.has('value_floats') && floats)
    return { kind: 'constant', type: 'float', shape: [floats.length], data: Float32Array.from(floats) };
  throw node.wrong('is a constant that is no number');
}

const QUANTISED =
  /^(QLinear|Quantize|Dequantize|DynamicQuantize|.*Integer$|com\.microsoft\.(QLinear|Q.*|.*Integer.*|MatMulNBits))/;
const IN_TIME = new Set(['LSTM', 'GRU', 'RNN', 'Scan', 'Loop']);

function notThere(node: Node): UserError {
  if (QUANTISED.test(node.type))
    return node.wrong(
      'computes with quantised numbers, which cannot be trained further; give the model as it was before it was quantised',
    );
  if (IN_TIME.has(node.type)) return node.wrong('goes along a sequence, and only networks of images can be read');
  const isOfOther = node.type.includes('.');
  return node.wrong(
    isOfOther
      ? 'is no operator of the standard; export the model again without optimising it for one program'
      : 'is an operator that is not there; take a network without it',
  );
}
