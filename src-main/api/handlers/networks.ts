import { storedSize, withInput } from '../../app/planning/network-for.ts';
import { makeSplit } from '../../data/split.ts';
import { BUILT_IN_NETWORKS } from '../../network/built-in.ts';
import { describedLayers } from '../../network/describe.ts';
import { countNetwork, resolveNetwork } from '../../network/network.ts';
import { parseNetwork } from '../../network/read-spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { UserError } from '../../errors.ts';
import type { NetworkChoice, NetworkDescription } from '../../common/contract/networks.ts';
import { fittingKept } from '../../pretrained/kept.ts';
import { api, checkAbsolute } from '../implement.ts';
import { storedStudy } from './results.ts';

export const networkHandlers = {
  list: api.networks.list.handler(({ input }) => builtIn(input.classes)),
  describe: api.networks.describe.handler(({ input }) => {
    const network = networkOf(input.network);
    return { ...describe(withInput(network, input.inputSize), input.classes), madeFor: network.inputSize };
  }),
  ofStudy: api.networks.ofStudy.handler(({ context: { workspace }, input }) => {
    const { protocol, index } = storedStudy(workspace, input.study);
    const { b } = makeSplit(index, protocol.split, protocol.replicates[0].splitSeed);
    return describe(protocol.network, b.length);
  }),
  keepPretrained: api.networks.keepPretrained.handler(({ context: { workspace }, input, signal }) => {
    checkAbsolute(input.file);
    return workspace.keepPretrained(input.file, networkOf(input.network), signal);
  }),
  keepNetwork: api.networks.keepNetwork.handler(async ({ context: { workspace }, input, signal }) => {
    checkAbsolute(input.file);
    const { network, pretrained, notes } = await workspace.keepNetwork(input.file, input.size, signal);
    return { network: { file: pretrained.name, text: JSON.stringify(network) }, pretrained, notes: [...notes] };
  }),
  fitPretrained: api.networks.fitPretrained.handler(({ context: { workspace }, input }) =>
    fittingKept(workspace.application.home, input.pretrained, networkOf(input.network)),
  ),
};

let described: { readonly classes: number; readonly networks: NetworkDescription[] } | undefined;

/** All built-in networks. Several screens ask for them, mostly with as many classes as before. */
function builtIn(classes: number): NetworkDescription[] {
  if (described?.classes !== classes)
    described = { classes, networks: [...BUILT_IN_NETWORKS.values()].map((spec) => describe(spec, classes)) };
  return described.networks;
}

/** The network that a person chose. Throws a UserError for an unknown name or an invalid file. */
export function networkOf(choice: NetworkChoice): NetworkSpec {
  if ('text' in choice) return parseNetwork(choice.text, choice.file);
  const spec = BUILT_IN_NETWORKS.get(choice.builtIn);
  if (spec) return spec;
  const names = [...BUILT_IN_NETWORKS.keys()].join(', ');
  throw new UserError(`There is no built-in network "${choice.builtIn}"; choose one of ${names}.`);
}

function describe(spec: NetworkSpec, classes: number): NetworkDescription {
  const network = resolveNetwork(spec, classes);
  return {
    name: spec.name,
    builtIn: BUILT_IN_NETWORKS.get(spec.name) === spec,
    inputSize: spec.inputSize,
    madeFor: spec.inputSize,
    storedSize: storedSize(spec),
    depth: network.depth,
    cuts: [...network.cuts],
    ...countNetwork(network),
    epochs: spec.training.epochs,
    batchSize: spec.training.batchSize,
    layers: describedLayers(network),
  };
}
