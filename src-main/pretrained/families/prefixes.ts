import type { NamedTensor, NamedTensors, StateDict } from '../tensors.ts';

/** What training code wraps networks in; each may have other parts beside it. */
const WRAPPERS = [
  'module',
  'backbone',
  'encoder',
  'model',
  'net',
  'network',
  'base_model',
  'encoder_q',
  'student',
  'teacher',
];

/** torch.compile puts this before the names of what it wraps, wherever that stands. */
const COMPILED = /(^|\.)_orig_mod\./g;

/** Wrappers in each other, at most. */
const DEEPEST = 6;

/**
 * The tensors of a state dict under their own names, then without what stands before all of them (`module.` of DataParallel),
 * then those of what is wrapped alone (`backbone.`).
 */
export function* withoutPrefixes(tensors: NamedTensors, depth = 0): Generator<StateDict> {
  const own = new Map([...tensors].map(([name, tensor]) => [name.replaceAll(COMPILED, '$1'), tensor]));
  yield { tensors: own, notes: [] };
  if (depth === DEEPEST) return;
  const [first = ''] = own.keys();
  const prefix = first.slice(0, first.indexOf('.') + 1);
  if (prefix !== '' && own.size > 1 && own.keys().every((name) => name.startsWith(prefix)))
    return yield* withoutPrefixes(within(own, prefix), depth + 1);
  for (const wrapper of WRAPPERS) {
    const wrapped = within(own, `${wrapper}.`);
    if (wrapped.size < 2) continue;
    const left = own.size - wrapped.size;
    const note = `What stands under "${wrapper}." is taken, and ${left} ${left === 1 ? 'tensor' : 'tensors'} beside it left out.`;
    for (const { tensors, notes } of withoutPrefixes(wrapped, depth + 1)) yield { tensors, notes: [note, ...notes] };
  }
}

const within = (tensors: NamedTensors, prefix: string): Map<string, NamedTensor> =>
  new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
