import { UserError } from '../../errors.ts';
import type { StateDict } from '../tensors.ts';
import { PickledTensor } from './tensor.ts';

/** Dicts in each other: a checkpoint, its parts, a part's parts. */
const DEEPEST = 4;
/** Dicts that are looked at; a checkpoint with its optimiser's records has one for each parameter. */
const MOST_DICTS = 2 ** 16;

/**
 * Names that checkpoints have for a network's weights; of several, those before others. Averages over the last steps come
 * first, as their authors report them (timm's `use_ema`; DINO's teacher is the student's average).
 */
const BY_PREFERENCE = [
  ...['state_dict_ema', 'model_ema', 'ema_state_dict', 'ema', 'teacher'],
  ...['state_dict', 'model', 'model_state_dict', 'net', 'network', 'weights', 'student'],
];
const rank = (name: string): number => (BY_PREFERENCE.indexOf(name) + 1 || BY_PREFERENCE.length + 1) - 1;

interface Candidate {
  /** Its name in what it stands in; empty: the whole file. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, PickledTensor>;
}

/**
 * The weights in what a file holds: a state dict, or a training's checkpoint with one or several of them. Throws a UserError,
 * one clause, where there are none, or where they claim more values than the file has bytes.
 */
export function stateDictOf(value: unknown, bytes: number): StateDict {
  const found = candidates(value);
  const most = Math.max(0, ...found.map(({ tensors }) => tensors.size));
  if (most === 0) throw new UserError('it holds no tensors by names, as a state_dict() has them');
  const whole = found
    .filter(({ tensors }) => tensors.size >= 0.9 * most)
    .toSorted((a, b) => rank(a.name) - rank(b.name));
  const [chosen] = whole;
  const values = chosen.tensors.values().reduce((sum, { size }) => sum + size, 0);
  if (values > bytes) throw new UserError('its tensors are parts of each other, and more in all than it holds');
  const notes =
    whole.length > 1
      ? [`The file holds ${whole.map(({ name }) => name).join(', ')}; the weights of ${chosen.name} are taken.`]
      : [];
  return { tensors: chosen.tensors, notes };
}

/** Every dict in a value that has tensors by names. */
function candidates(value: unknown): Candidate[] {
  const found: Candidate[] = [];
  const seen = new Set<unknown>();
  let level: [name: string, value: unknown][] = [['', value]];
  for (let depth = 0; depth < DEEPEST; depth++) {
    const next: typeof level = [];
    for (const [name, dict] of level) {
      if (!(dict instanceof Map) || seen.has(dict) || seen.size > MOST_DICTS) continue;
      seen.add(dict);
      const named = [...dict].filter((item): item is [string, unknown] => typeof item[0] === 'string');
      const tensors = named.filter((item): item is [string, PickledTensor] => item[1] instanceof PickledTensor);
      if (tensors.length > 0) found.push({ name, tensors: new Map(tensors) });
      for (const item of named) next.push(item);
    }
    level = next;
  }
  return found;
}
