import type { AttributeProto, NodeProto, TensorProto } from '../../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../errors.ts';

const MOST_NAMED = 80;
/** Where PyTorch's newer exporter keeps the modules that a node stands in. */
const SCOPES = 'pkg.torch.onnx.name_scopes';

/** An operator of a graph with its settings, as their operator set's version has them. */
export class Node {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly proto: NodeProto;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;
  readonly opset: number;

  constructor(proto: NodeProto, opset: number) {
    this.proto = proto;
    this.opset = opset;
    this.type = ['', 'ai.onnx'].includes(proto.domain) ? proto.opType : `${proto.domain}.${proto.opType}`;
    this.inputs = proto.input;
    this.outputs = proto.output;
    this.#attributes = new Map(proto.attribute.map((each) => [each.name, each]));
  }

  /** For errors: `node /layer1/Conv (Conv)`. */
  get label(): string {
    const name = this.proto.name || this.outputs[0] || '';
    return `node ${name.slice(0, MOST_NAMED)} (${this.type.slice(0, MOST_NAMED)})`;
  }

  /** An error about the node: a clause that begins with `its node ...`. */
  wrong(what: string): UserError {
    return new UserError(`its ${this.label} ${what}`);
  }

  get name(): string {
    return this.proto.name;
  }

  /** The module that it stands in, `layer1.0.conv1`, as PyTorch's newer exporter says; absent: it doesn't. */
  get module(): string | undefined {
    const scopes = this.proto.metadataProps.find(({ key }) => key === SCOPES)?.value;
    return scopes === undefined ? undefined : /'([^']*)', '[^']*'\]$/.exec(scopes)?.[1];
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  ints(name: string): number[] | undefined {
    return this.#attributes.get(name)?.ints.map(Number);
  }

  int(name: string): number | undefined;
  int(name: string, usual: number): number;
  int(name: string, usual?: number): number | undefined {
    const attribute = this.#attributes.get(name);
    return attribute ? Number(attribute.i) : usual;
  }

  float(name: string): number | undefined;
  float(name: string, usual: number): number;
  float(name: string, usual?: number): number | undefined {
    return this.#attributes.get(name)?.f ?? usual;
  }

  floats(name: string): number[] | undefined {
    return this.#attributes.get(name)?.floats;
  }

  text(name: string, usual: string): string {
    const attribute = this.#attributes.get(name);
    return attribute ? new TextDecoder().decode(attribute.s) : usual;
  }

  tensor(name: string): TensorProto | undefined {
    return this.#attributes.get(name)?.t;
  }

  /** Whether it has graphs of its own, which run or not as values say. */
  get hasGraphs(): boolean {
    return this.proto.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0);
  }
}
