import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { Hints } from '../../src-main/pretrained/families/family.ts';
import type { NamedTensor } from '../../src-main/pretrained/tensors.ts';
import { initial } from '../peers/peer.ts';

/** What PyTorch made of a network of few channels (narrow_networks.py). */
export interface Narrow {
  readonly size: number;
  readonly hints: Partial<Hints>;
  /** Names and shapes of its state dict: `conv1.weight 8x3x7x7`. */
  readonly tensors: readonly string[];
  /** Of two images, or, without a classifier, what one would read. */
  readonly logits: readonly number[];
}

const FIXTURES = join(import.meta.dirname, 'fixtures');
export const narrow = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => [parse(file).name, JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as Narrow] as const);
export const fixture = (name: string): Narrow => narrow.find(([each]) => each === name)![1];

/** Its state dict, with values that its tensors' names and shapes give. */
export function stateDict({ tensors }: Narrow): Map<string, NamedTensor> {
  return new Map(
    tensors.map((line) => {
      const [name, sides] = line.split(' ');
      const shape = sides === 'number' ? [] : sides.split('x').map(Number);
      return [name, { shape, read: () => initial({ name, shape }).data }];
    }),
  );
}
