import type { LayerSpec, LayerType } from '../../../network/layers/layers.ts';
import type { Graph, Value } from '../graph.ts';
import type { StandardGraph } from '../standard/graph.ts';
import type { LayerForm, LayerKind } from './layer.ts';
import { positive } from './relu.ts';

/** A function of one value at a time, the same in every layout. */
interface Activation<Spec> {
  readonly y: (graph: Graph, x: Value, spec: Spec) => Value;
  /** dy/dx, which dy is multiplied with. */
  readonly slope: (graph: Graph, x: Value, y: Value, spec: Spec, step: Step) => Value;
  /** Under the name of the layer. */
  readonly standard: (graph: StandardGraph, name: string, x: string, spec: Spec, output?: string) => string;
}

/** 1 where x is above or below a bound, else 0. */
type Step = Readonly<Record<'above' | 'below', (graph: Graph, x: Value, bound: number) => Value>>;

const onProcessor: Step = {
  above: (graph, x, bound) => graph.cast(graph.node('Greater', [x, graph.constant(bound)])),
  below: (graph, x, bound) => graph.cast(graph.node('Less', [x, graph.constant(bound)])),
};
/** Without truth values (relu.ts). */
const onCard: Step = {
  above: (graph, x, bound) => positive(graph, bound === 0 ? x : graph.node('Sub', [x, graph.constant(bound)])),
  below: (graph, x, bound) => positive(graph, graph.node('Sub', [graph.constant(bound), x])),
};

function kindOf<Type extends LayerType>({
  y,
  slope,
  standard,
}: Activation<Extract<LayerSpec, { type: Type }>>): LayerKind<Type> {
  const formWith =
    (step: Step): LayerForm<Type> =>
    (graph, { spec }, { inputs: [x] }) => {
      const value = y(graph, x, spec);
      return {
        y: value,
        backward: (dy) => ({ inputs: [graph.node('Mul', [dy, slope(graph, x, value, spec, step)])] }),
      };
    };
  const form = formWith(onProcessor);
  return {
    batchFirst: form,
    inBlocks: () => form,
    cardFirst: formWith(onCard),
    standard: (graph, { spec }, name, [x], output) => ({ ...x, value: standard(graph, name, x.value, spec, output) }),
  };
}

const one = (graph: Graph, value: Value) => graph.node('Sub', [graph.constant(1), value]);

/** sigma(x) = 1 / (1 + e^-x); dsigma = sigma (1 - sigma) */
export const sigmoid = kindOf<'sigmoid'>({
  y: (graph, x) => graph.node('Sigmoid', [x]),
  slope: (graph, _x, y) => graph.node('Mul', [y, one(graph, y)]),
  standard: (graph, name, x, _spec, output) => graph.node(name, 'Sigmoid', [x], {}, output),
});

/** dtanh = 1 - tanh^2 */
export const tanh = kindOf<'tanh'>({
  y: (graph, x) => graph.node('Tanh', [x]),
  slope: (graph, _x, y) => one(graph, graph.node('Mul', [y, y])),
  standard: (graph, name, x, _spec, output) => graph.node(name, 'Tanh', [x], {}, output),
});

/** x sigma(x) (Elfwing et al. 2018, Ramachandran et al. 2017); its slope is sigma + y (1 - sigma) */
export const silu = kindOf<'silu'>({
  y: (graph, x) => graph.node('Mul', [x, graph.node('Sigmoid', [x])]),
  slope: (graph, x, y) => {
    const s = graph.node('Sigmoid', [x]);
    return graph.node('Add', [s, graph.node('Mul', [y, one(graph, s)])]);
  },
  standard: (graph, name, x, _spec, output) =>
    graph.node(name, 'Mul', [x, graph.node(`${name}.sigmoid`, 'Sigmoid', [x])], {}, output),
});

/** max(0, min(1, x / 6 + 1 / 2)), Howard et al. 2019, 5.2 */
const HARD = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };

/** 1/6 between -3 and 3, else 0 */
const hardSlope = (graph: Graph, x: Value, step: Step): Value =>
  graph.node('Mul', [within(graph, x, -3, 3, step), graph.constant(1 / 6)]);

/** 1 where least < x < most, else 0. */
const within = (graph: Graph, x: Value, least: number, most: number, { above, below }: Step): Value =>
  graph.node('Mul', [above(graph, x, least), below(graph, x, most)]);

export const hardSigmoid = kindOf<'hard-sigmoid'>({
  y: (graph, x) => graph.node('HardSigmoid', [x], HARD),
  slope: (graph, x, _y, _spec, step) => hardSlope(graph, x, step),
  standard: (graph, name, x, _spec, output) => graph.node(name, 'HardSigmoid', [x], HARD, output),
});

/** x h(x), with h the hard sigmoid; its slope is h + x h' */
export const hardSwish = kindOf<'hard-swish'>({
  y: (graph, x) => graph.node('Mul', [x, graph.node('HardSigmoid', [x], HARD)]),
  slope: (graph, x, _y, _spec, step) =>
    graph.node('Add', [graph.node('HardSigmoid', [x], HARD), graph.node('Mul', [x, hardSlope(graph, x, step)])]),
  standard: (graph, name, x, _spec, output) => graph.node(name, 'HardSwish', [x], {}, output),
});

/** max(least, min(most, x)); the slope is 1 between them, 0 at both (as in PyTorch's hardtanh) */
export const clip = kindOf<'clip'>({
  y: (graph, x, { least, most }) => graph.node('Clip', [x, graph.constant(least), graph.constant(most)]),
  slope: (graph, x, _y, { least, most }, step) => within(graph, x, least, most, step),
  standard: (graph, name, x, { least, most }, output) => {
    const bounds = [least, most].map((bound, place) =>
      graph.constant(`${name}.${place === 0 ? 'least' : 'most'}`, [], Float32Array.of(bound)),
    );
    return graph.node(name, 'Clip', [x, ...bounds], {}, output);
  },
});

/** x where x > 0, else slope x (Maas et al. 2013) */
export const leakyRelu = kindOf<'leaky-relu'>({
  y: (graph, x, { slope }) => graph.node('LeakyRelu', [x], { alpha: { float: slope } }),
  slope: (graph, x, _y, { slope }, { above }) =>
    graph.node('Add', [graph.node('Mul', [above(graph, x, 0), graph.constant(1 - slope)]), graph.constant(slope)]),
  standard: (graph, name, x, { slope }, output) =>
    graph.node(name, 'LeakyRelu', [x], { alpha: { float: slope } }, output),
});

const ROOT = Math.sqrt(2 / Math.PI);
/** Of x^3 in the approximation by tanh. */
const CUBIC = 0.044715;

/**
 * x P(x), P the share of the normal distribution below x, with density p (Hendrycks and Gimpel 2016); its slope is P + x p.
 * By tanh: P = (1 + t) / 2, t = tanh(u), u = sqrt(2 / pi) (x + 0.044715 x^3), and for x p: x (1 - t^2) u' / 2.
 */
export const gelu = kindOf<'gelu'>({
  y: (graph, x, { form }) => graph.node('Mul', [x, form === 'erf' ? share(graph, x) : tanhShare(graph, x).share]),
  slope: (graph, x, _y, { form }) => {
    const square = graph.node('Mul', [x, x]);
    if (form === 'erf') {
      const exponential = graph.node('Exp', [graph.node('Mul', [square, graph.constant(-0.5)])]);
      const density = graph.node('Mul', [exponential, graph.constant(1 / Math.sqrt(2 * Math.PI))]);
      return graph.node('Add', [share(graph, x), graph.node('Mul', [x, density])]);
    }
    const { share: below, t } = tanhShare(graph, x);
    const du = graph.node('Add', [
      graph.node('Mul', [square, graph.constant((3 * CUBIC * ROOT) / 2)]),
      graph.constant(ROOT / 2),
    ]);
    const density = graph.node('Mul', [one(graph, graph.node('Mul', [t, t])), du]);
    return graph.node('Add', [below, graph.node('Mul', [x, density])]);
  },
  standard: (graph, name, x, { form }, output) => {
    const constant = (of: string, value: number) => graph.constant(`${name}.${of}`, [], Float32Array.of(value));
    const node = (of: string, operator: string, ...inputs: string[]) => graph.node(`${name}.${of}`, operator, inputs);
    const half = constant('half', 0.5);
    let inner: string;
    if (form === 'erf') inner = node('erf', 'Erf', node('scaled', 'Mul', x, constant('root_half', Math.SQRT1_2)));
    else {
      const cube = node('cube', 'Mul', node('square', 'Mul', x, x), x);
      const sum = node('sum', 'Add', x, node('cubic', 'Mul', cube, constant('factor', CUBIC)));
      inner = node('tanh', 'Tanh', node('scaled', 'Mul', sum, constant('root', ROOT)));
    }
    const both = node('both', 'Add', inner, constant('one', 1));
    return graph.node(name, 'Mul', [node('halved', 'Mul', x, half), both], {}, output);
  },
});

/** P(x) = (1 + erf(x / sqrt 2)) / 2 */
function share(graph: Graph, x: Value): Value {
  return half(graph, graph.node('Erf', [graph.node('Mul', [x, graph.constant(Math.SQRT1_2)])]));
}

function tanhShare(graph: Graph, x: Value): { readonly share: Value; readonly t: Value } {
  const square = graph.node('Mul', [x, x]);
  const factor = graph.node('Add', [graph.node('Mul', [square, graph.constant(CUBIC * ROOT)]), graph.constant(ROOT)]);
  const t = graph.node('Tanh', [graph.node('Mul', [x, factor])]);
  return { share: half(graph, t), t };
}

/** (1 + x) / 2 of x from -1 to 1, in one go. */
const half = (graph: Graph, x: Value): Value =>
  graph.node('HardSigmoid', [x], { alpha: { float: 0.5 }, beta: { float: 0.5 } });
