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
  return (
    moduleOf(first?.name) ??
    pathOf(node) ??
    parameters.map((parameter) => moduleOf(parameter?.name)).find((name) => name !== undefined) ??
    plainName(node.name)
  );
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
