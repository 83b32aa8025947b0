import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folder, setUp } from './set-up.ts';

const here = folder();
const file = (name: string, content: string) => {
  writeFileSync(join(here, name), content);
  return name;
};

const pipe = (name: string) => {
  execFileSync('mkfifo', [join(here, name)]);
  return name;
};

/** Wrong calls and the one sentence that each gets, with exit code 2 and before any work. */
const WRONG: readonly (readonly [call: string, sentence: string])[] = [
  ['frobnicate', "Unknown command 'frobnicate'."],
  ['study rum', "Unknown command 'rum' (Did you mean run?)"],
  ['study run --laers 1-7', "Unknown option '--laers' (Did you mean --layers?)"],
  ['study run --layers', "Option '--layers <list>' argument missing."],
  ['study run extra', "Too many arguments for 'run'. Expected 0 arguments but got 1: extra."],
  ['study resume', "Missing required argument 'id'."],
  ['data import', "Missing required argument 'path'."],
  ['filters 3f2a/baseA', 'Choose what to do: a picture with --out filters.png, --fit, --depth, or --match STUDY/NAME.'],
  [
    'network export 3f2a/baseA --out baseA.pb',
    '"baseA.pb" does not say what to write: end it with .onnx, .safetensors or .md, or add --format.',
  ],
  [
    'network export 3f2a/baseA --format pb',
    "Option '--format <format>' argument 'pb' is invalid. Allowed choices are onnx, safetensors, md.",
  ],
  [
    'study run --target all',
    '--target all, or of classes, needs features from elsewhere: name a file or another image set with --from, or the halves with --split.',
  ],
  ['study run --from x --target cat', '--target must be half, all, or at least two classes such as cat,dog,horse.'],
  [
    'study run --from x --target all --split random',
    '--split makes halves, but --target names the classes: leave out one of them.',
  ],
  [
    'study run --from x --pretrained y',
    '--from takes a whole network or another image set, --pretrained only the first layers for another network: leave out one of them.',
  ],
  [
    'study run --from x --both-directions',
    '--both-directions needs two halves of one set: leave it out, or leave out --from.',
  ],
  ['study run --budget 30', '--budget must be a time such as 30min, 2h, 1h30min or 90s, not "30".'],
  ['study run --preset fast', 'Unknown preset "fast": choose smoke, quick, standard or paper.'],
  ['engine add onnx', `The engine "onnx" can't be added (npm installs it already); only tensorflow can.`],
  ['engine remove torch', `The engine "torch" can't be added (there is none of that name); only tensorflow can.`],
  ['engine add tensorflow --tensorflow 3', '--tensorflow needs a release such as 2.18.1, not "3".'],
  ['study run --engine torch', 'Unknown engine "torch": choose auto, onnx, onnx-webgpu, onnx-cuda or tensorflow.'],
  [
    'study run --network resnet',
    'There is no network "resnet": it is neither a built-in one (alexnet, alexnet-64, alexnet-32, alexnet-32-small, resnet-32, resnet-64, resnet-18, mobilenet-32, convnext-64, vit-32) nor a file.',
  ],
  [
    'study run --layers 1,9',
    '--layers: 9 is too high; alexnet-32-small can be cut at n = 1 to 7: 1 conv1, 2 conv2, 3 conv3, 4 conv4, 5 conv5, 6 fc6, 7 fc7.',
  ],
  [
    'study run --layers 7-1',
    '--layers must be a list of numbers such as 1-7 or 1,3,5, of names such as layer2.0, "stages" or "blocks", not "7-1".',
  ],
  [
    'study run --layers 0',
    '--layers must be a list of numbers such as 1-7 or 1,3,5, of names such as layer2.0, "stages" or "blocks", not "0".',
  ],
  [
    'study run --network resnet-32 --layers layer9',
    '--layers: resnet-32 has no cut "layer9"; there are 1 conv1, 2 layer1.0, 3 layer1.1, 4 layer1.2, 5 layer2.0, 6 layer2.1, 7 layer2.2, 8 layer3.0, 9 layer3.1, 10 layer3.2, and "stages" and "blocks".',
  ],
  [
    'study run --network resnet-32 --layers layer2.0.conv1',
    '--layers: no single value leaves layer2.0.conv1, which is inside layer2.0; cut after layer2.0 (n = 5).',
  ],
  [
    'study run --treatments AnB,AnC',
    'Unknown treatment "AnC": --treatments is a list of BnB, BnB+, AnB, AnB+ and random, separated by commas; AnB~4, AnB~stats, AnB~norms, AnB+0.1, AnB+^0.75 and AnB^ are possible too (see --help).',
  ],
  ['study run --seeds 0', '--seeds must be a whole number from 1 to 1000, not "0".'],
  ['study run --workers 1e3', '--workers must be a whole number from 1 to 256, not "1e3".'],
  ['study resume x --workers none', '--workers must be a whole number from 1 to 256, not "none".'],
  ['study run --epochs -1', '--epochs must be a number above 0 and at most 100000, not "-1".'],
  ['study run --images-per-class many', '--images-per-class must be a whole number from 1 to 1000000000, not "many".'],
  [
    'study run --split halves.json',
    '--split must be random, random:20, groups:natural/man-made or a JSON file, and "halves.json" can\'t be read: there is no such file or folder.',
  ],
  [
    `study run --split ${file('large.json', ' '.repeat(2 ** 22 + 1))}`,
    '--split must be random, random:20, groups:natural/man-made or a JSON file, and "large.json" can\'t be read: it is larger than 4 MiB, which no split is.',
  ],
  ...(process.platform === 'win32'
    ? []
    : ([
        [
          `study run --split ${pipe('pipe.json')}`,
          '--split must be random, random:20, groups:natural/man-made or a JSON file, and "pipe.json" can\'t be read: it is not a regular file.',
        ],
      ] as const)),
  [
    `study run --split ${file('overlap.json', '{"a": ["cat", "dog"], "b": ["car", "dog"]}')}`,
    '"dog" is in both halves of --split; take it out of one of them.',
  ],
  [
    `study run --split ${file('cut.json', '{"a": ["cat", "d')}`,
    'cut.json is not valid JSON at line 1, column 17: it ends too early.',
  ],
  ['study run --home=', '--home is empty; give a value after it.'],
  ['data import photos --size 2', '--size must be a whole number from 4 to 512, not "2".'],
  ['data import photos', 'Can\'t read "photos": there is no such file or folder. Check the path.'],
  ['filters 3f2a/baseA --out filters.gif', '--out must name a PNG file such as filters.png, not "filters.gif".'],
  [
    'filters 3f2a/baseA --out no/filters.png',
    "Can't write no/filters.png: there is no such file or folder. Choose another place with --out.",
  ],
  ['layers 3f2a/baseA --unit 3', '--unit needs the layer of the unit: add --layer.'],
  ['layers 3f2a/baseA --layer 2 --out pictures', '--out needs the unit to draw: add --layer and --unit.'],
  ['layers 3f2a/baseA --layer 0', '--layer must be a whole number from 1 to 200, not "0".'],
  ['network show alexnet --classes 1', '--classes must be a whole number from 2 to 65536, not "1".'],
];

describe('a wrong call', () => {
  const before = process.cwd();
  beforeAll(() => process.chdir(here));
  // Other files follow in this process.
  afterAll(() => process.chdir(before));

  it.each(WRONG)('transplant %s', async (call, sentence) => {
    const { transplant, written, opened } = setUp();
    expect(await transplant(...call.split(' '))).toBe(2);
    expect(written).toEqual({ stdout: '', stderr: `${sentence}\n` });
    expect(opened()).toBe(0);
  });

  it('of a group without its command shows what there is', async () => {
    const { transplant, written } = setUp();
    expect(await transplant('study')).toBe(2);
    expect(written.stdout).toBe('');
    expect(written.stderr).toContain('resume [options] <id>');
  });

  it('is a line of JSON as well with --json', async () => {
    const { transplant, written } = setUp();
    expect(await transplant('study', 'run', '--json', '--seeds', 'x')).toBe(2);
    const message = '--seeds must be a whole number from 1 to 1000, not "x".';
    expect(written.stderr).toBe(`${message}\n`);
    expect(JSON.parse(written.stdout)).toEqual({ type: 'error', message });
  });
});

describe('help', () => {
  const groups = ['', 'data', 'data import', 'data list', 'study', 'study run', 'study resume', 'study list'];
  const more = [
    'study show',
    'study report',
    'filters',
    'layers',
    'network',
    'network show',
    'network export',
    'doctor',
  ];
  it.each([...groups, ...more])('of "%s" has examples', async (words) => {
    const { transplant, written } = setUp();
    expect(await transplant(...words.split(' ').filter(Boolean), '--help')).toBe(0);
    expect(written.stdout).toMatch(/\nExamples?:\n {2}transplant /);
  });
});
