import { UserError } from '../../errors.ts';
import { damaged, KnownGlobal } from '../../data/pickle.ts';
import { rebuiltTensor, type NumberType } from './tensor.ts';

/** By the names of torch's storage classes (torch/__init__.py). */
const STORAGES: Readonly<Record<string, NumberType>> = {
  FloatStorage: { bytes: 4, float: 'float32' },
  DoubleStorage: { bytes: 8, float: 'float64' },
  HalfStorage: { bytes: 2, float: 'float16' },
  BFloat16Storage: { bytes: 2, float: 'bfloat16' },
  LongStorage: { bytes: 8 },
  IntStorage: { bytes: 4 },
  ShortStorage: { bytes: 2 },
  CharStorage: { bytes: 1 },
  ByteStorage: { bytes: 1 },
  BoolStorage: { bytes: 1 },
};

/** A class of storages, which stands in their ids. */
export class StorageClass extends KnownGlobal {
  readonly numbers: NumberType;

  constructor(name: string, numbers: NumberType) {
    super(name);
    this.numbers = numbers;
  }
}

/** Numbers of NumPy among a training's records: best accuracies and the like. They are passed over. */
const passedOver = (): null => null;

const known: readonly KnownGlobal[] = [
  ...Object.entries(STORAGES).map(([name, numbers]) => new StorageClass(`torch.${name}`, numbers)),
  new KnownGlobal('collections.OrderedDict', ([pairs = []]) => {
    if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) throw damaged();
    // They go over into it: a list that many dicts are made of would otherwise be copied for each.
    return new Map(pairs.splice(0) as [unknown, unknown][]);
  }),
  new KnownGlobal('torch.Size', ([sides]) => sides),
  new KnownGlobal('torch._utils._rebuild_tensor', rebuiltTensor),
  new KnownGlobal('torch._utils._rebuild_tensor_v2', rebuiltTensor),
  new KnownGlobal('torch._utils._rebuild_parameter', ([tensor]) => tensor),
  new KnownGlobal('torch._utils._rebuild_parameter_with_state', ([tensor]) => tensor),
  ...['float32', 'float64', 'float16', 'bfloat16', 'int64'].map((name) => new KnownGlobal(`torch.${name}`)),
  new KnownGlobal('torch.device', passedOver),
  ...['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar', 'numpy.dtype', '_codecs.encode'].map(
    (name) => new KnownGlobal(name, passedOver),
  ),
];
const BY_NAME: ReadonlyMap<string, KnownGlobal> = new Map(known.map((each) => [each.name, each]));

/**
 * The object of a name, if files of tensors have need of it. Throws a UserError, one clause: any other is code that would have
 * to be executed.
 */
export function globalNamed(module: string, name: string): KnownGlobal {
  const whole = `${module}.${name}`;
  const found = BY_NAME.get(whole);
  if (found) return found;
  const shown = /^[\w.]{1,96}$/.test(whole) ? whole : JSON.stringify(whole.slice(0, 96));
  throw new UserError(
    `it holds ${/^[aeiou]/i.test(shown) ? 'an' : 'a'} ${shown}, code that would be executed to load it; save tensors alone, in Python: ${SAVE_STATE_DICT}`,
  );
}

export const SAVE_STATE_DICT = 'torch.save(model.state_dict(), "weights.pth")';
