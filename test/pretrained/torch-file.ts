import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** What is pickled: plain values, arrays as lists, Maps as dicts, and what has a class of its own below. */
export type Pickled = unknown;

/** A Python object by its name, as a class or function in a pickle. */
export class Global {
  readonly module: string;
  readonly name: string;
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }
}

/** A Python object that is called. */
export class Call {
  readonly of: Global;
  readonly args: Pickled[];
  constructor(of: Global, ...args: Pickled[]) {
    this.of = of;
    this.args = args;
  }
}

export class Tuple {
  readonly items: Pickled[];
  constructor(...items: Pickled[]) {
    this.items = items;
  }
}

/** What stands outside of the pickle. */
export class Outside {
  readonly id: Pickled;
  constructor(id: Pickled) {
    this.id = id;
  }
}

/** A storage and the key that it is written under. */
export interface Written {
  readonly key: string;
  readonly bytes: Buffer;
  readonly length: number;
}

/** The id of a storage, as torch.save has it. */
export const storageId = (type: string, { key, length }: Written): Outside =>
  new Outside(new Tuple('storage', new Global('torch', type), key, 'cpu', length));

export const tensor = (storage: Outside, offset: number, shape: number[], strides: number[]): Call =>
  new Call(
    new Global('torch._utils', '_rebuild_tensor_v2'),
    storage,
    offset,
    new Tuple(...shape),
    new Tuple(...strides),
    false,
    new Call(new Global('collections', 'OrderedDict')),
  );

/** A value in pickle's protocol 2. */
export function pickle(value: Pickled): Buffer {
  const parts: Buffer[] = [Buffer.from([0x80, 2])];
  write(value, (...bytes) =>
    parts.push(...bytes.map((each) => (typeof each === 'string' ? Buffer.from(each, 'latin1') : each))),
  );
  return Buffer.concat([...parts, Buffer.from('.')]);
}

type Out = (...bytes: (string | Buffer)[]) => void;

function write(value: Pickled, out: Out): void {
  if (value === null) out('N');
  else if (value === true) out('\x88');
  else if (value === false) out('\x89');
  else if (typeof value === 'number') writeNumber(value, out);
  else if (typeof value === 'bigint') out('\x8a', '\x0a', longBytes(value));
  else if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    out('X', uint32(bytes.length), bytes);
  } else if (Array.isArray(value)) {
    out(']', '(');
    for (const item of value) write(item, out);
    out('e');
  } else if (value instanceof Map) {
    out('}', '(');
    for (const [key, item] of value) {
      write(key, out);
      write(item, out);
    }
    out('u');
  } else if (value instanceof Tuple) {
    out('(');
    for (const item of value.items) write(item, out);
    out('t');
  } else if (value instanceof Global) out(`c${value.module}\n${value.name}\n`);
  else if (value instanceof Call) {
    write(value.of, out);
    write(new Tuple(...value.args), out);
    out('R');
  } else if (value instanceof Outside) {
    write(value.id, out);
    out('Q');
  } else throw new Error(`no pickle of ${String(value)}`);
}

function writeNumber(value: number, out: Out): void {
  const bytes = Buffer.alloc(8);
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0)) {
    bytes.writeInt32LE(value);
    out('J', bytes.subarray(0, 4));
  } else if (Number.isSafeInteger(value) && !Object.is(value, -0)) out('\x8a', '\x0a', longBytes(BigInt(value)));
  else {
    bytes.writeDoubleBE(value);
    out('G', bytes);
  }
}

function longBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(10);
  for (let place = 0, rest = BigInt.asUintN(80, value); place < 10; place++, rest >>= 8n)
    bytes[place] = Number(rest & 255n);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Entries of a zip archive, none compressed unless said. */
export async function zipOf(entries: Iterable<readonly [string, Buffer]>, compress = false): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of entries) zip.addBuffer(bytes, name, { compress });
  zip.end();
  return await buffer(zip.outputStream);
}

/** As torch.save writes a value today. */
export const zipFile = (value: Pickled, storages: readonly Written[] = []): Promise<Buffer> =>
  zipOf([
    ['archive/data.pkl', pickle(value)],
    ['archive/byteorder', Buffer.from('little')],
    ...storages.map(({ key, bytes }) => [`archive/data/${key}`, bytes] as const),
    ['archive/version', Buffer.from('3\n')],
  ]);

/** As it did before version 1.6. */
export function oldFile(value: Pickled, storages: readonly Written[] = []): Buffer {
  const system = new Map<string, Pickled>([
    ['protocol_version', 1001],
    ['little_endian', true],
  ]);
  const counted = storages.flatMap(({ bytes, length }) => {
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(length));
    return [head, bytes];
  });
  const keys = storages.map(({ key }) => key);
  return Buffer.concat([
    pickle(0x1950a86a20f9469cfc6cn),
    pickle(1001),
    pickle(system),
    pickle(value),
    pickle(keys),
    ...counted,
  ]);
}
