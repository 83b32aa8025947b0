import type { Constant } from './constant.ts';
import type { Node } from './node.ts';

/** Endings of parameters' names in PyTorch, Keras and our own files. */
const PARAMETER = /[./](weight|bias|kernel|gamma|beta|scale|running_mean|running_var)(:0)?$/;
/** Names that exporters make up: `onnx::Conv_193`, `val_13`, `Conv_12`, `node_conv2d_4`. */
const MADE_UP = /^(onnx::.*|val_\d+|[A-Za-z]+_?\d*|node_.*|\d+)$/;
/** What stands around the layers of a Keras model. */
const AROUND = /^(StatefulPartitionedCall|PartitionedCall|model(_\d+)?|functional(_\d+)?|sequential(_\d+)?)$/;

/** The framework's name of a layer, from its weights or its node; undefined where neither says. */
export function titleOf(node: Node, ...parameters: readonly (Constant | undefined)[]): string | undefined {
  const [first] = parameters;
  const path = pathOf(node);
  const module = moduleOf(first?.name);
  return (
    (module !== undefined && isBeside(module, path) ? module : path) ??
    parameters.map((parameter) => moduleOf(parameter?.name)).find((name) => name !== undefined) ??
    plainName(node.name)
  );
}

/** The name of a table, which is its parameter's: `pos_embed`, `blocks.0.gamma`. */
export function tableTitle(node: Node, { name }: Constant): string | undefined {
  if (name === undefined || MADE_UP.test(name)) return titleOf(node);
  const own = withoutAround(name) ?? name;
  const path = pathOf(node);
  return isBeside(own, path) ? own : `${path}.${own.split('.').at(-1)!}`;
}

/**
 * Whether a parameter is of the module that a node stands in, or of one beside it: exporters keep equal parameters of several
 * modules once, under the name of one.
 */
function isBeside(module: string, path: string | undefined): boolean {
  const around = module.split('.').slice(0, -1).join('.');
  return path === undefined || around === '' || path === around || path.startsWith(`${around}.`);
}

const moduleOf = (parameter: string | undefined): string | undefined =>
  parameter !== undefined && !parameter.startsWith('onnx::') && PARAMETER.test(parameter)
    ? withoutAround(parameter.replace(PARAMETER, ''))
    : undefined;

const plainName = (name: string): string | undefined =>
  name === '' || (MADE_UP.test(name) && !/^(conv|fc|dense|linear|bn|norm)\d*$/i.test(name)) || /[;:]/.test(name)
    ? undefined
    : withoutAround(name);

/** The module that a node stands in, as its metadata or its name say: `/layer1/layer1.0/conv1/Conv` is `layer1.0.conv1`. */
export function pathOf(node: Node): string | undefined {
  const { module, name } = node;
  if (module !== undefined) return module === '' ? undefined : module;
  if (!name.includes('/')) return undefined;
  const parts: string[] = [];
  for (const part of name.split(';')[0].split('/').slice(0, -1)) {
    if (part === '') continue;
    if (parts.length > 0 && part.startsWith(`${parts.at(-1)!}.`)) parts.pop();
    parts.push(part);
  }
  return parts.length === 0 ? undefined : withoutAround(parts.join('/'));
}

const withoutAround = (name: string): string | undefined => {
  const parts = name.split('/');
  const kept = parts.filter((part) => !AROUND.test(part));
  return kept.length === 0 ? undefined : kept.join('.');
};

/** `layer1` and `layer1.0` of `layer1.0.conv1`. */
export const prefixesOf = (name: string): string[] => {
  const parts = name.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
};
