import { UserError } from '../../errors.ts';
import type { StateDict } from '../tensors.ts';
import { stateDictOf } from './checkpoint.ts';
import { globalNamed, SAVE_STATE_DICT, StorageClass } from './globals.ts';
import { damaged, unpickle } from '../../data/pickle.ts';
import { Storage } from './tensor.ts';
import { zipEntries } from './zip.ts';

/** What the old format begins with: a pickle of this number (torch/serialization.py). */
const MAGIC = Number(0x1950a86a20f9469cfc6cn);
const PROTOCOL = 1001;
const PICKLE = 0x80;
const ZIP = 'PK\x03\x04';

/** Whether a file begins as those of torch.save and other pickles do; a zip archive may also be another format's. */
export const looksLikePytorch = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 4)).toString('latin1') === ZIP || (bytes[0] === PICKLE && bytes[1] <= 5);

/**
 * The state dict of a file that torch.save wrote, in its zip format or the old one, by itself or in a training's checkpoint.
 * It is read as data: no code in it is executed. Throws a UserError, one clause: files are hostile.
 */
export async function tensorsOfPytorch(bytes: Uint8Array): Promise<StateDict> {
  const value = bytes[0] === PICKLE ? valueOfOldFormat(bytes) : await valueOfZip(bytes);
  return stateDictOf(value, bytes.length);
}

/** `NAME/data.pkl`, and the numbers of storage KEY in `NAME/data/KEY`. */
async function valueOfZip(bytes: Uint8Array): Promise<unknown> {
  const entries = await zipEntries(bytes);
  const pickle = [...entries.keys()].find((name) => name.split('/').at(-1) === 'data.pkl');
  if (pickle === undefined) throw new UserError('it is a zip archive, but not one of PyTorch');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const has = (part: string) => [...entries.keys()].some((name) => name.startsWith(folder + part));
  if (has('code/') || has('constants.pkl'))
    throw new UserError(
      `it is a TorchScript program, whose code would be executed; load it in Python and save its tensors alone: model = torch.jit.load("..."); ${SAVE_STATE_DICT}`,
    );
  const part = (name: string): Uint8Array => {
    const bytes = entries.get(name);
    if (bytes) return bytes;
    throw entries.has(name)
      ? new UserError('its parts are compressed, which PyTorch does not do; unpack it, and save it with torch.save')
      : damaged();
  };
  const order = `${folder}byteorder`;
  if (entries.has(order) && Buffer.from(part(order)).toString() !== 'little')
    throw new UserError('its numbers have the byte order of another kind of processor; save it again on a usual one');
  const storages = new Storages();
  const { value } = unpickle(part(pickle), 0, { global: globalNamed, persistent: (id) => storages.at(id) });
  for (const [key, storage] of storages.found) {
    const data = part(`${folder}data/${key}`);
    if (data.length !== storage.length * storage.numbers.bytes) throw damaged();
    storage.bytes = data;
  }
  return value;
}

/**
 * Pickles of a number, of the protocol, of the system, of the value and of the keys of storages; then of each storage the
 * number of its values, and these (torch/serialization.py, `_legacy_save`).
 */
function valueOfOldFormat(bytes: Uint8Array): unknown {
  const storages = new Storages();
  let place = 0;
  const next = (): unknown => {
    const { value, end } = unpickle(bytes, place, { global: globalNamed, persistent: (id) => storages.at(id) });
    place = end;
    return value;
  };
  const magic = next();
  if (magic !== MAGIC) throw new UserError('it is a pickle of Python, but not one of PyTorch');
  const [protocol, system] = [next(), next()];
  if (protocol !== PROTOCOL || !(system instanceof Map) || system.get('little_endian') !== true) throw damaged();
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw damaged();
  for (const key of keys) {
    const storage = storages.found.get(String(key));
    if (!storage || place + 8 > bytes.length) throw damaged();
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset + place, 8).getBigUint64(0, true));
    const end = place + 8 + length * storage.numbers.bytes;
    if (length !== storage.length || end > bytes.length) throw damaged();
    storage.bytes = bytes.subarray(place + 8, end);
    place = end;
  }
  return value;
}

/** Storages by their keys. */
class Storages {
  readonly found = new Map<string, Storage>();

  /** Of the id ('storage', class, key, device, length), and in the old format perhaps the part of it that is meant. */
  at(id: unknown): Storage {
    if (!Array.isArray(id)) throw damaged();
    const [kind, of, key, , length, view] = id as unknown[];
    if (kind !== 'storage' || !(of instanceof StorageClass) || typeof key !== 'string') throw damaged();
    if (!Number.isSafeInteger(length) || (length as number) < 0) throw damaged();
    if (view !== undefined && view !== null)
      throw new UserError('it was written by a PyTorch before 0.4; load it with a newer one and save it again');
    const storage = this.found.get(key) ?? new Storage(of.numbers, length as number);
    if (storage.numbers !== of.numbers || storage.length !== length) throw damaged();
    this.found.set(key, storage);
    return storage;
  }
}
