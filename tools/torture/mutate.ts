import type { RandomStream } from '../../src-main/random.ts';

/** Bytes that are not what their program wrote, and what was done to them. */
export interface Mutated {
  readonly bytes: Buffer;
  readonly how: string;
}

type Mutation = (bytes: Buffer, random: RandomStream) => Mutated;

/** Bytes that a file may grow to by what is repeated in it. */
const MOST_BYTES = 2 ** 20;
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const position = (bytes: Buffer, random: RandomStream): number => random.integer(Math.max(1, bytes.length));

function range(bytes: Buffer, random: RandomStream): [number, number] {
  const from = position(bytes, random);
  // Short ranges are as likely as long ones: a field of a header, or half the file.
  const length = 1 + random.integer(2 ** (1 + random.integer(Math.ceil(Math.log2(bytes.length + 2)))));
  return [from, Math.min(bytes.length, from + length)];
}

const BINARY: readonly Mutation[] = [
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const count = 1 + random.integer(8);
    for (let i = 0; i < count && bytes.length > 0; i++) changed[position(bytes, random)] ^= 1 << random.integer(8);
    return { bytes: changed, how: `${count} bits flipped` };
  },
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const count = 1 + random.integer(16);
    for (let i = 0; i < count && bytes.length > 0; i++) changed[position(bytes, random)] = random.integer(256);
    return { bytes: changed, how: `${count} bytes replaced` };
  },
  (bytes, random) => {
    const length = random.integer(bytes.length + 1);
    return { bytes: bytes.subarray(0, length), how: `cut off after ${length} bytes` };
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const changed = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    return { bytes: changed, how: `bytes ${from} to ${to} removed` };
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const changed = Buffer.from(bytes);
    for (let i = from; i < to; i++) changed[i] = random.integer(256);
    return { bytes: changed, how: `bytes ${from} to ${to} random` };
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return { bytes: Buffer.from(bytes).fill(random.integer(2) * 0xff, from, to), how: `bytes ${from} to ${to} filled` };
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const most = Math.max(1, Math.floor((MOST_BYTES - bytes.length) / Math.max(1, to - from)));
    const times = 1 + random.integer(Math.min(most, 2 ** random.integer(20)));
    const repeated = Array.from({ length: times }, () => bytes.subarray(from, to));
    const changed = Buffer.concat([bytes.subarray(0, from), ...repeated, bytes.subarray(from)]);
    return { bytes: changed, how: `bytes ${from} to ${to} ${times} times more` };
  },
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const value = EDGES[random.integer(EDGES.length)];
    const size = [1, 2, 4][random.integer(3)];
    if (bytes.length < size) return { bytes: changed, how: 'nothing' };
    const at = random.integer(bytes.length - size + 1);
    const kept = value % 2 ** (8 * size);
    if (random.integer(2) === 0) changed.writeUIntLE(kept, at, size);
    else changed.writeUIntBE(kept, at, size);
    return { bytes: changed, how: `the ${size} bytes at ${at} are ${kept}` };
  },
];

/** One to three faults such as a disk, a network or somebody hostile makes. */
export function mutateBytes(bytes: Buffer, random: RandomStream): Mutated {
  const hows: string[] = [];
  let changed = bytes;
  for (let i = random.integer(3); i >= 0; i--) {
    const { bytes: next, how } = BINARY[random.integer(BINARY.length)](changed, random);
    hows.push(how);
    changed = next;
  }
  return { bytes: changed, how: hows.join(', ') };
}

const WORDS = ['__proto__', 'constructor', '\u001b]0;evil\u0007', '\r', '\u202e', 'a\nb', '../../evil', '=1+1', ''];
const NUMBERS = [0, -1, 0.5, 1e308, 2 ** 53, 2 ** 31, 1e9, 65536, -0];

function hostileValue(random: RandomStream, nearby: unknown): unknown {
  const many = 2 ** random.integer(15);
  switch (random.integer(7)) {
    case 0:
      return WORDS[random.integer(WORDS.length)];
    case 1:
      return NUMBERS[random.integer(NUMBERS.length)];
    case 2:
      return null;
    case 3:
      return 'x'.repeat(many);
    case 4:
      return Array.from({ length: many }, (_, i) => (Array.isArray(nearby) ? nearby[0] : `${i}`));
    case 5:
      return Object.fromEntries(Array.from({ length: many }, (_, i) => [`name ${i}`, nearby ?? 'x']));
    default:
      return Array.from({ length: Math.min(many, 2000) }).reduce((inner) => [inner], 1);
  }
}

/** JSON whose values, one to three of them, are of another kind, or more than anybody means; sometimes it is no JSON any more. */
export function mutateJson(bytes: Buffer, random: RandomStream): Mutated {
  if (random.integer(4) === 0) return mutateBytes(bytes, random);
  const root: { value: unknown } = { value: JSON.parse(bytes.toString()) };
  const hows: string[] = [];
  for (let i = random.integer(3); i >= 0; i--) {
    // A path is walked down, not every place listed: a deep value is as likely as it is in the file's tree.
    let holder: Record<string, unknown> = root;
    let name = 'value';
    const path: string[] = [];
    while (typeof holder[name] === 'object' && holder[name] !== null && random.integer(8) > 0) {
      const below = holder[name] as Record<string, unknown>;
      const names = Object.keys(below);
      if (names.length === 0) break;
      holder = below;
      name = names[random.integer(names.length)];
      path.push(name);
    }
    const place = path.join('.') || 'everything';
    if (random.integer(6) === 0) {
      delete holder[name];
      hows.push(`${place} left out`);
    } else {
      const value = hostileValue(random, holder[name]);
      holder[name] = value;
      const text = JSON.stringify(value) ?? '';
      hows.push(`${place} is ${text.length > 60 ? `${text.slice(0, 60)}... (${text.length} characters)` : text}`);
    }
    if (root.value === undefined) break;
  }
  return { bytes: Buffer.from(JSON.stringify(root.value) ?? ''), how: hows.join(', ') };
}
