import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { chosenLayers } from '../../src-main/cli/terminal/chosen-layers.ts';
import { parseLayers } from '../../src-main/cli/terminal/parse.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { parseNetwork } from '../../src-main/network/read-spec.ts';
import { layerSchema } from '../../src-main/network/spec.ts';

const page = readFileSync(new URL('../../docs/networks.md', import.meta.url), 'utf8');

it('the network that the manual describes can be trained, and is cut where the manual says', () => {
  const [, json] = /```json\n([\s\S]*?)```/.exec(page)!;
  const { cuts } = resolveNetwork(parseNetwork(json, 'networks.md'), 10);
  const [, said] = /It can be cut at ([^.]*\.\d[^.]*\.\d[^.]*)\./.exec(page)!;
  expect([...said.matchAll(/(\d) \(`([\w.]+)`\)/g)].map(([, n, name]) => [Number(n), name])).toEqual(
    cuts.map(({ n, name }) => [n, name]),
  );
});

it('the layers that the manual chooses by name are those that it says', () => {
  const said = [...page.matchAll(/--network (\S+) --layers (\S+) +#.*n = ([\d, ]+)/g)];
  expect(said.length).toBeGreaterThan(1);
  for (const [, network, layers, numbers] of said)
    expect(chosenLayers(parseLayers(layers), resolveNetwork(BUILT_IN_NETWORKS.get(network)!, 10))).toEqual(
      numbers.split(',').map(Number),
    );
});

it('the manual names every kind of layer that a network file may have', () => {
  const types = layerSchema.options.map((option) => option.shape.type.value);
  for (const type of types) expect(page).toContain(`\`${type}\``);
});

it('the manual names every built-in network', () => {
  for (const name of BUILT_IN_NETWORKS.keys()) expect(page).toContain(`\`${name}\``);
});
