import { existsSync } from 'node:fs';
import type { Application, Work } from '../../app/application.ts';
import { requestedNetwork, type RequestedStudy } from '../../app/planning/request.ts';
import type { SplitSpec } from '../../common/protocol-parts.ts';
import { UserError } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import { chosenLayers, type LayerList } from '../terminal/chosen-layers.ts';

/** What `--target` names: a half, the whole set, or classes of it. */
export type TargetChoice = 'half' | 'all' | readonly string[];

/** Reads `half`, `all`, or names of classes with commas between them. */
export function parseTarget(text: string): TargetChoice {
  if (text === 'half' || text === 'all') return text;
  const classes = text.split(',').map((name) => name.trim());
  if (classes.includes('') || classes.length < 2)
    throw usageError('--target must be half, all, or at least two classes such as cat,dog,horse.');
  return [...new Set(classes)];
}

/** What options say of where features come from and where they go. */
export interface SourceOptions {
  /** An image set, or the path of a file that holds a network. */
  readonly from?: string;
  readonly target?: TargetChoice;
  /** The path of a file whose first layers fit the network. */
  readonly pretrained?: string;
  readonly network?: string;
  readonly split?: string;
  readonly layers?: LayerList;
  readonly bothDirections?: boolean;
}

/** Throws a usage error where these options contradict each other. */
export function checkSource({ from, target, pretrained, split, bothDirections }: SourceOptions): void {
  if (from !== undefined && pretrained !== undefined)
    throw usageError(
      '--from takes a whole network or another image set, --pretrained only the first layers for another network: leave out one of them.',
    );
  if (from !== undefined && bothDirections)
    throw usageError('--both-directions needs two halves of one set: leave it out, or leave out --from.');
  const isWhole = target !== undefined && target !== 'half';
  if (isWhole && split !== undefined)
    throw usageError('--split makes halves, but --target names the classes: leave out one of them.');
  if (isWhole && from === undefined && pretrained === undefined)
    throw usageError(
      '--target all, or of classes, needs features from elsewhere: name a file or another image set with --from, or the halves with --split.',
    );
}

/** The split of a target; undefined: the usual one. */
export function splitOfTarget(target: TargetChoice | undefined): SplitSpec | undefined {
  if (target === 'half') return { kind: 'random' };
  return target === undefined ? undefined : target === 'all' ? { kind: 'whole' } : { kind: 'whole', classes: target };
}

/** The request with what `--from` or `--pretrained` names taken into the home, and `--layers` in the network's own names. */
export async function withSource(
  application: Application,
  request: RequestedStudy,
  options: SourceOptions,
  { signal, onNote }: Pick<Work, 'signal' | 'onNote'>,
): Promise<RequestedStudy> {
  const { from, pretrained: file } = options;
  if (file !== undefined) {
    const pretrained = await application.keepPretrained(file, requestedNetwork(request), signal);
    return { ...request, pretrained };
  }
  if (from === undefined) return request;
  const set = application.store.findImageSet(from);
  if (set) return withLayers({ ...request, sourceSet: set.id }, options);
  if (!existsSync(from))
    throw usageError(
      `--from: "${from}" is neither an imported image set nor a file that holds a network; see "transplant data list", or give a path.`,
    );
  if (options.network !== undefined)
    throw usageError(
      `--from ${from} brings its own network: leave out --network, or use --pretrained to put the file's first layers into ${options.network}.`,
    );
  const { network, pretrained, notes } = await application.keepNetwork(from, request.inputSize, signal);
  onNote?.(`${pretrained.name} is ${pretrained.origin}, ${network.inputSize} x ${network.inputSize} pixels.`);
  for (const note of notes) onNote?.(note);
  return withLayers({ ...request, network, pretrained }, options);
}

/** The request with the layers of `--layers`. */
export function withLayers(request: RequestedStudy, { layers }: SourceOptions): RequestedStudy {
  if (!layers) return request;
  // Any number of classes will do, because no cut depends on it.
  return { ...request, layers: chosenLayers(layers, resolveNetwork(requestedNetwork(request), 2)) };
}

const usageError = (sentence: string): UserError => new UserError(sentence, { usage: true });
