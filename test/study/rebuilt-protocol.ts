import type { SplitSpec } from '../../src-main/common/protocol-parts.ts';
import type { Table } from '../../src-main/common/results/tables.ts';
import type { EntryInput, NetworkInput } from '../../src-main/network/spec.ts';
import type { FactList } from '../../src-main/study/report/protocol-facts.ts';
import { type Protocol, protocolSchema } from '../../src-main/study/plan/protocol.ts';

/** What a reader of a report has: its title, the methods paragraph, the protocol's facts, and the tables of network and classes. */
export interface Printed {
  readonly title: string;
  readonly methods: string;
  readonly facts: readonly FactList[];
  readonly network: Table;
  readonly classes: { readonly a: readonly string[]; readonly b: readonly string[] };
}

/** What ids and hashes of the report stand for, which a reader has, too. */
export interface Named {
  readonly sets?: readonly NonNullable<Protocol['sourceSet']>[];
  readonly files?: readonly NonNullable<Protocol['pretrained']>[];
}

/** The protocol of a study, read off what its report says. Throws where that lacks something. */
export function rebuiltProtocol(printed: Printed, named: Named = {}): Protocol {
  const { title, methods } = printed;
  const facts = new Map(printed.facts.flatMap(({ facts }) => facts.map(({ name, value }) => [name, value])));
  const fact = (name: string) => facts.get(name) ?? fail(`there is no fact "${name}"`);
  const said = (pattern: RegExp) => pattern.exec(methods)?.[1];
  const numbers = (text: string) => [...text.matchAll(/[\d,]*\d/g)].map(([digits]) => wholeNumber(digits));

  const source = facts.get('Network A');
  const sourceSet = source?.startsWith('trained on')
    ? (named.sets?.find(({ id }) => id === /id (\S+)$/.exec(source)?.[1]) ?? fail('which set A is'))
    : undefined;
  const sha256 = source && /SHA-256 ([0-9a-f]{64})/.exec(source)?.[1];
  const pretrained = sha256
    ? (named.files?.find((file) => file.sha256 === sha256) ?? fail('which file A is'))
    : undefined;
  const looks = said(/looked at after (.*?) of at most \d+ replicates?,/);

  return protocolSchema.parse({
    name: title,
    data: { id: fact('Content id'), name: fact('Image set') },
    network: networkOf(printed, fact),
    split: splitOf(printed, facts),
    replicates: [...fact('Replicates').matchAll(/split seed (\d+), training seed (\d+)/g)].map(
      ([, splitSeed, seed]) => {
        return { splitSeed: Number(splitSeed), trainingSeed: Number(seed) };
      },
    ),
    layers: fact('Layers n')
      .split(', ')
      .map((layer) => Number.parseInt(layer, 10)),
    treatments: fact('Treatments').split(', '),
    randomStatistics: /Those of RnB, .* had them estimated/.test(methods) ? 'of the target' : undefined,
    bothDirections: fact('Directions') === 'A to B and B to A',
    imagesPerClass: fact('Used per class') === 'all' ? undefined : wholeNumber(fact('Used per class')),
    examples: facts.has('Few target examples') ? numbers(fact('Few target examples')) : undefined,
    engine: fact('Engine'),
    looks:
      looks === undefined ? undefined : { at: numbers(looks), most: Number(said(/of at most (\d+) replicates?,/)) },
    pretrained,
    sourceSet,
  });
}

function fail(what: string): never {
  throw new Error(`the report does not say ${what}`);
}

const wholeNumber = (text: string): number => Number(text.replaceAll(',', ''));
/** `20%`, or a fraction as it is. */
const share = (text: string): number => (text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text));

function splitOf({ classes: { a, b } }: Printed, facts: ReadonlyMap<string, string>): SplitSpec {
  const words = facts.get('Split');
  if (words === undefined)
    return b.length === wholeNumber(facts.get('Classes')!) ? { kind: 'whole' } : { kind: 'whole', classes: b };
  const random = /^random halves of (all|\d+) classes/.exec(words);
  if (random) return random[1] === 'all' ? { kind: 'random' } : { kind: 'random', classes: Number(random[1]) };
  const groups = /^by group: A = (.*); B = (.*); (all|cut)/.exec(words);
  if (groups) {
    const [, ofA, ofB, kept] = groups;
    return { kind: 'groups', a: ofA.split(', '), b: ofB.split(', '), ...(kept === 'all' && { unequal: true }) };
  }
  return words === 'given lists of classes' ? { kind: 'lists', a, b } : fail(`what the split "${words}" is`);
}

function networkOf({ network: table, methods }: Printed, fact: (name: string) => string): NetworkInput {
  const [, name, inputSize] = /^([\w-]+), .* input (\d+) × /.exec(fact('Network')) ?? fail('the network');
  const optimiser = fact('Optimiser');
  const [, learningRate, schedule, warmUp] =
    /^([^,]+), (.*), warm-up over (\S+)$/.exec(fact('Learning rate')) ?? fail('the rate');
  const adamw = /^AdamW, betas (\S+) and ([^,]+), /.exec(optimiser);
  const number = (pattern: RegExp, text = optimiser) => {
    const found = pattern.exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const rates = /^times (\S+) at (.*)$/.exec(schedule);
  const pixels = /less (.*), divided by (.*)$/.exec(fact('Augmentation'));
  const three = (text: string) => text.split(', ').map(Number) as [number, number, number];
  return {
    name,
    inputSize: Number(inputSize),
    layers: layersOf(table),
    training: {
      batchSize: wholeNumber(fact('Batch').split(' ')[0]),
      epochs: Number(fact('Epochs')),
      learningRate: Number(learningRate),
      momentum: adamw ? Number(adamw[1]) : (number(/momentum ([^,]+)/) ?? fail('the momentum')),
      weightDecay: number(/weight decay ([^,]+)/) ?? fail('the weight decay'),
      schedule: rates
        ? { kind: 'step', factor: Number(rates[1]), at: rates[2].split(', ').map(share) }
        : { kind: 'cosine' },
      ...(adamw && {
        optimiser: { kind: 'adamw', beta2: Number(adamw[2]), epsilon: number(/ε = ([^ ,]+)/, methods) ?? fail('ε') },
      }),
      labelSmoothing: number(/label smoothing ([^,]+)/),
      clipNorm: number(/clipped to norm ([^,]+)/),
      warmUp: share(warmUp),
      ...(pixels
        ? { pixels: { mean: three(pixels[1]), deviation: three(pixels[2]) } }
        : {
            inputScale: number(/subtracted, then times (\S+?)$/, fact('Augmentation')) ?? fail('the scale of pixels'),
          }),
      imageSize: number(/resampled to (\d+) × /, methods),
      cropPadding: number(/with ([\d,]+) pixels? of zeros/, methods) ?? fail('the padding'),
      mirror: /mirrored with probability one half/.test(methods),
    },
  };
}

/** The layers, one by one: blocks are written out in the table. */
function layersOf({ rows }: Table): EntryInput[] {
  const lines = rows.map(([, name, settings]) => {
    const [type, ...parts] = settings.split(', ');
    const reads = parts
      .find((part) => part.startsWith('reads '))
      ?.slice('reads '.length)
      .split(' and ');
    return { name, type, parts: parts.filter((part) => !part.startsWith('reads ')), reads };
  });
  const names = new Map<number, string>();
  let owner = 'input';
  lines.forEach(({ name, type }, line) => {
    if (name !== `${owner}.${type}`) names.set(line, name);
    if (type === 'conv' || type === 'dense') owner = name;
  });
  const lineOf = (read: string): number => {
    const twice = /\(line (\d+)\)$/.exec(read);
    const line = twice ? Number(twice[1]) - 1 : lines.findIndex(({ name }) => name === read);
    return line < 0 ? fail(`which layer "${read}" is`) : line;
  };
  const sources = lines.map(({ reads }) => reads?.map((read) => (read === 'the images' ? read : lineOf(read))));
  // A layer without a name of its own that another one reads is given one, so that it can.
  for (const line of sources.flatMap((of) => of ?? []))
    if (typeof line === 'number' && !names.has(line)) names.set(line, `line-${line + 1}`);
  return lines.map(({ type, parts }, line) => {
    const inputs = sources[line]?.map((source) => (typeof source === 'number' ? names.get(source)! : 'input'));
    const settings = Object.fromEntries(parts.map((part) => keyed(part)));
    return {
      type,
      ...(names.has(line) && { name: names.get(line)! }),
      ...settings,
      ...(inputs && { inputs }),
    } as EntryInput;
  });
}

/** `stride 2`, `init (weight (gaussian std 0.01) bias 0)` */
function keyed(part: string): [string, unknown] {
  const [key, ...rest] = part.split(' ');
  return [key, valueOf(rest.join(' '))];
}

function valueOf(text: string): unknown {
  if (text.startsWith('(')) return objectOf(wordsIn(text.slice(1, -1)));
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** Words, and brackets as one word each. */
function wordsIn(text: string): string[] {
  const words: string[] = [];
  let [depth, word] = [0, ''];
  for (const letter of `${text} `) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ' ' && depth === 0) {
      if (word !== '') words.push(word);
      word = '';
    } else word += letter;
  }
  return words;
}

/** Of an odd number of words the first is the kind; keys 0, 1, … are those of a list. */
function objectOf(words: readonly string[]): unknown {
  const kind = words.length % 2 === 1 ? { kind: words[0] } : {};
  const rest = words.length % 2 === 1 ? words.slice(1) : words;
  const pairs = rest.flatMap((word, place) => (place % 2 === 0 ? [[word, valueOf(rest[place + 1])] as const] : []));
  if (pairs.length > 0 && pairs.every(([key], place) => key === String(place))) return pairs.map(([, value]) => value);
  return { ...kind, ...Object.fromEntries(pairs) };
}
