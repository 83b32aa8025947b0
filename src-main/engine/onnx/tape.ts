import type { ParameterRole } from '../../network/layers/layer.ts';
import { sliceOf } from '../../network/layers/shaping.ts';
import { learns, type Layer, type Network } from '../../network/network.ts';
import type { Graph, Value } from './graph.ts';
import { plus } from './layers/images-in-blocks.ts';
import type { LayerOf, LayerParameters, LayerValue, Learns } from './layers/layer.ts';

const IMAGES = -1;

type Slice = LayerOf<'slice'>;
const isSlice = (layer: Layer): layer is Slice => layer.spec.type === 'slice';

/** What was computed forwards, to go back through it. */
export class Tape {
  readonly #entries: { readonly layer: Layer; readonly value: LayerValue; readonly learns: Learns }[] = [];
  /** Places of layers whose output depends on something that learns; -1: the images. */
  readonly #needed = new Set<number>();
  readonly #learning = new Map<string, Set<ParameterRole>>();

  /** @param frozen layers 1..frozen don't learn */
  static ofParameters(network: Network, frozen: number): Tape {
    const tape = new Tape();
    for (const parameter of network.parameters)
      if (learns(parameter, frozen)) {
        const roles = tape.#learning.get(parameter.layer) ?? new Set();
        tape.#learning.set(parameter.layer, roles.add(parameter.role));
      }
    return tape;
  }

  /** For the gradient of the images, with all parameters as they are. */
  static ofImages(): Tape {
    const tape = new Tape();
    tape.#needed.add(IMAGES);
    return tape;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  add(layer: Layer, value: LayerValue): void {
    const own = this.#learning.get(layer.name);
    const has = layer.parameters > 0 && own !== undefined;
    if (!has && !layer.sources.some((source) => this.#needed.has(source))) return;
    this.#needed.add(layer.place);
    this.#entries.push({ layer, value, learns: (role) => has && own.has(role) });
  }

  /**
   * Adds the gradients of all layers of which something below or in them learns, given that of the last one's output. Where a
   * value is read more than once, its gradients are added up. Returns the gradient of the images, where it is needed.
   */
  backward(
    graph: Graph,
    dOutput: Value,
    onGradients: (layer: Layer, gradients: LayerParameters) => void = () => {},
  ): Value | undefined {
    const sums = new Map([[this.#entries.at(-1)!.layer.place, dOutput]]);
    for (const { layer, value, learns } of this.#entries.toReversed()) {
      const parts = this.#partsWith(layer);
      if (parts !== undefined) {
        if (parts[0] !== layer) continue;
        const pieces = parts.map(({ place, output }) => graph.reshape(sums.get(place)!, -1, ...output));
        sums.set(layer.sources[0], graph.node('Concat', pieces, { axis: parts[0].spec.axis + 1 }));
        continue;
      }
      const needs = layer.sources.map((source) => this.#needed.has(source));
      const { inputs, parameters } = value.backward(sums.get(layer.place)!, needs, learns);
      if (parameters) onGradients(layer, parameters);
      layer.sources.forEach((source, place) => {
        const dx = inputs[place];
        if (!needs[place] || dx === undefined) return;
        const sum = sums.get(source);
        sums.set(source, sum === undefined ? dx : plus(graph, dx, sum));
      });
    }
    return sums.get(IMAGES);
  }

  /**
   * The slices that a value is read by, in the order of the network, where they are all that reads it and lie end to end in it, as
   * queries, keys and values do: its gradient is those of the slices side by side, and nothing need be added up.
   */
  #partsWith(layer: Layer): readonly Slice[] | undefined {
    // Images of rows and columns may be blocked.
    if (!isSlice(layer) || layer.input.length <= 3 || !this.#needed.has(layer.sources[0])) return undefined;
    const readers = this.#entries
      .map((entry) => entry.layer)
      .filter(({ sources }) => sources.includes(layer.sources[0]));
    let end = 0;
    for (const reader of readers) {
      if (!isSlice(reader) || reader.spec.axis !== layer.spec.axis || (reader.spec.step ?? 1) !== 1) return undefined;
      const bounds = sliceOf(reader.spec, reader.input);
      if (bounds.start !== end) return undefined;
      end = bounds.end;
    }
    return end === layer.input[layer.spec.axis] ? (readers as Slice[]) : undefined;
  }
}
