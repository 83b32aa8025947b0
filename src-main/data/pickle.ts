import { UserError } from '../errors.ts';

/**
 * Python's pickle format (docs.python.org/3/library/pickletools), read as data: each instruction makes a number, a text or a
 * plain container, and nothing is ever called. Names of Python objects are looked up in the reader's own table, which refuses all
 * that it doesn't know: that of PyTorch's tensors (pretrained/pytorch/globals.ts), or of CIFAR's arrays (import/cifar-python.ts).
 */

/** None is null; a list or tuple an array; a dict a Map; bytes a Uint8Array; and what `make` of known objects returns. */
type PickleValue = unknown;

/** A Python object that may stand in a file of tensors, and what is made of the arguments that it is called with. */
export class KnownGlobal {
  /** `torch.FloatStorage` */
  readonly name: string;
  /** Absent: it is never called. */
  readonly make: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, make?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.make = make;
  }
}

/** What a known object makes whose state comes after it, as NumPy's arrays do. */
export class WithState {
  state: PickleValue;
}

export interface PickleReader {
  /** Throws a UserError, one clause, for one that isn't known. */
  global(module: string, name: string): KnownGlobal;
  /** What stands outside of the pickle, by its id. */
  persistent(id: PickleValue): PickleValue;
}

/** Instructions of a pickle, at most: a training checkpoint of the largest networks has some hundred thousand. */
const MOST_INSTRUCTIONS = 2 ** 21;
/** Bytes of a whole number; what PyTorch writes has ten at most. */
const LONGEST_NUMBER = 16;

const MARK = Symbol('mark');
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Reads one pickle from a place on. Throws a UserError, one clause: files are hostile. @returns its value, and where it ends */
export function unpickle(bytes: Uint8Array, start: number, reader: PickleReader): { value: PickleValue; end: number } {
  return new Machine(bytes, start, reader).run();
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #reader: PickleReader;
  readonly #stack: PickleValue[] = [];
  /** Where marks are in the stack. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #place: number;

  constructor(bytes: Uint8Array, start: number, reader: PickleReader) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#place = start;
    this.#reader = reader;
  }

  run(): { value: PickleValue; end: number } {
    for (let done = 0; done < MOST_INSTRUCTIONS; done++) {
      const instruction = String.fromCharCode(this.#byte());
      if (instruction === '.') return { value: this.#pop(), end: this.#place };
      this.#do(instruction);
    }
    throw new UserError('it holds more than any network has');
  }

  /** Letters are those of Python's pickletools. */
  #do(instruction: string): void {
    switch (instruction) {
      // The protocol, and lengths of what follows.
      case '\x80':
        this.#take(1);
        return;
      case '\x95':
        this.#take(8);
        return;
      case '(':
        this.#marks.push(this.#stack.length);
        this.#push(MARK);
        return;
      case '0':
        this.#pop();
        return;
      case '1':
        this.#popMark();
        return;
      case '2':
        this.#push(this.#top());
        return;
      // Values.
      case 'N':
        return this.#push(null);
      case '\x88':
        return this.#push(true);
      case '\x89':
        return this.#push(false);
      case 'K':
        return this.#push(this.#byte());
      case 'M':
        return this.#push(this.#view.getUint16(this.#take(2), true));
      case 'J':
        return this.#push(this.#view.getInt32(this.#take(4), true));
      case '\x8a':
        return this.#push(this.#long(this.#byte()));
      case 'G':
        return this.#push(this.#view.getFloat64(this.#take(8)));
      case 'X':
        return this.#push(this.#text(this.#uint32()));
      case '\x8c':
        return this.#push(this.#text(this.#byte()));
      case '\x8d':
        return this.#push(this.#text(this.#uint64()));
      case 'T':
      case 'B':
        return this.#push(this.#raw(this.#uint32()));
      case 'U':
      case 'C':
        return this.#push(this.#raw(this.#byte()));
      case '\x8e':
        return this.#push(this.#raw(this.#uint64()));
      // Containers.
      case ')':
      case ']':
        return this.#push([]);
      case '}':
        return this.#push(new Map());
      case '\x8f':
        return this.#push(new Set());
      case 't':
      case 'l':
        return this.#push(this.#popMark());
      case '\x85':
        return this.#push([this.#pop()]);
      case '\x86':
        return this.#push(this.#popSome(2));
      case '\x87':
        return this.#push(this.#popSome(3));
      case 'a':
        return this.#extend([this.#pop()]);
      case 'e':
        return this.#extend(this.#popMark());
      case 's': {
        const item = this.#popSome(2);
        return filled(this.#top(), item);
      }
      case 'u': {
        const items = this.#popMark();
        return filled(this.#top(), items);
      }
      case '\x90': {
        const items = this.#popMark();
        const set = this.#top();
        if (!(set instanceof Set)) throw damaged();
        for (const item of items) set.add(item);
        return;
      }
      // What was seen before.
      case 'q':
        return void this.#memo.set(this.#byte(), this.#top());
      case 'r':
        return void this.#memo.set(this.#uint32(), this.#top());
      case '\x94':
        return void this.#memo.set(this.#memo.size, this.#top());
      case 'h':
        return this.#push(this.#remembered(this.#byte()));
      case 'j':
        return this.#push(this.#remembered(this.#uint32()));
      // Python's objects.
      case 'c': {
        const [module, name] = [this.#line(), this.#line()];
        return this.#push(this.#reader.global(module, name));
      }
      case '\x93': {
        const [module, name] = this.#popSome(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw damaged();
        return this.#push(this.#reader.global(module, name));
      }
      case 'R':
      case '\x81': {
        const [known, args] = this.#popSome(2);
        if (!(known instanceof KnownGlobal) || !Array.isArray(args)) throw damaged();
        if (!known.make) throw new UserError(`it calls ${known.name}, which a file of tensors has no need of`);
        return this.#push(known.make(args));
      }
      // An attribute of what was made, such as the versions that a state dict notes for its modules.
      case 'b': {
        const state = this.#pop();
        const made = this.#top();
        if (made instanceof WithState) made.state = state;
        return;
      }
      case 'Q':
        return this.#push(this.#reader.persistent(this.#pop()));
      default:
        throw new UserError(
          `it has an instruction (${JSON.stringify(instruction)}) that a file of PyTorch's tensors has no need of`,
        );
    }
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw damaged();
    return value;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popSome(number: number): PickleValue[] {
    const values: PickleValue[] = [];
    while (values.length < number) values.unshift(this.#pop());
    return values;
  }

  #popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw damaged();
    return this.#stack.splice(mark).slice(1);
  }

  #extend(items: PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw damaged();
    for (const item of items) list.push(item);
  }

  #remembered(place: number): PickleValue {
    const value = this.#memo.get(place);
    if (value === undefined) throw damaged();
    return value;
  }

  /** Where the next so many bytes begin. */
  #take(length: number): number {
    const start = this.#place;
    if (length > this.#bytes.length - start) throw damaged();
    this.#place += length;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)];
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  #raw(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, this.#place);
  }

  #text(length: number): string {
    try {
      return UTF8.decode(this.#raw(length));
    } catch (error) {
      throw error instanceof UserError ? error : damaged();
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#place);
    if (end < 0) throw damaged();
    const text = this.#text(end - this.#place);
    this.#place = end + 1;
    return text;
  }

  /** Little-endian in two's complement, exact up to 2^53. */
  #long(length: number): number {
    if (length > LONGEST_NUMBER) throw damaged();
    const digits = this.#raw(length);
    const value = digits.reduceRight((sum, digit) => sum * 256n + BigInt(digit), 0n);
    return Number(BigInt.asIntN(8 * length, value));
  }
}

/** Puts names and values into a dict. */
function filled(dict: PickleValue, items: readonly PickleValue[]): void {
  if (!(dict instanceof Map) || items.length % 2 !== 0) throw damaged();
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
}

export const damaged = (): UserError => new UserError('it is cut off or damaged; download or copy it again');
