import { stagesOf, type Cut } from '../../common/cuts.ts';
import { UserError } from '../../errors.ts';
import type { Network } from '../../network/network.ts';

/** What `--layers` lists: numbers, and words whose meaning depends on the network. */
export type LayerList = readonly (number | string)[];

/** More cuts than this are not all listed in an error. */
const MOST_LISTED = 20;

/**
 * The n of a list, ascending and each once. A name is that of a cut, as the network has it (`layer2.0`), or what several begin
 * with (`layer2` is the last cut in it); `stages` are the cuts that end one, `blocks` or `all` every cut. Throws a usage error
 * that says what there is.
 */
export function chosenLayers(list: LayerList, network: Pick<Network, 'spec' | 'cuts'>): number[] {
  const chosen = list.flatMap((one) => (typeof one === 'number' ? [numbered(one, network)] : named(one, network)));
  return [...new Set(chosen)].sort((a, b) => a - b);
}

function numbered(n: number, { spec, cuts }: Pick<Network, 'spec' | 'cuts'>): number {
  if (n <= cuts.length) return n;
  throw wrong(`${n} is too high; ${spec.name} can be cut at n = 1 to ${cuts.length}: ${listed(cuts)}.`);
}

function named(name: string, { spec, cuts }: Pick<Network, 'spec' | 'cuts'>): number[] {
  if (name === 'stages') return stagesOf(cuts);
  if (name === 'blocks' || name === 'all') return cuts.map(({ n }) => n);
  const cut = cuts.find((one) => one.name === name) ?? cuts.findLast((one) => one.name.startsWith(`${name}.`));
  if (cut) return [cut.n];
  const around = cuts.find((one) => name.startsWith(`${one.name}.`));
  if (around)
    throw wrong(
      `no single value leaves ${name}, which is inside ${around.name}; cut after ${around.name} (n = ${around.n}).`,
    );
  throw wrong(`${spec.name} has no cut "${name}"; there are ${listed(cuts)}, and "stages" and "blocks".`);
}

/** `1 conv1, 2 layer1.0 ...`; of many, those that end a stage. */
function listed(cuts: readonly Cut[]): string {
  const shown = cuts.length <= MOST_LISTED ? cuts : cuts.filter(({ level }) => level === 'stage');
  const names = shown.map(({ n, name }) => `${n} ${name}`).join(', ');
  return shown.length < cuts.length
    ? `${names} (stages only; "transplant network show" lists all ${cuts.length})`
    : names;
}

const wrong = (sentence: string): UserError => new UserError(`--layers: ${sentence}`, { usage: true });
