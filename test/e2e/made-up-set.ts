import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { writePackedSet, type PackedImage } from '../../src-main/data/packed/write.ts';
import { prepareHome } from '../../src-main/app/home.ts';
import { openStore } from '../../src-main/store/open.ts';

export interface MadeUpSet {
  readonly name: string;
  readonly size?: number;
  readonly classes: number;
  /** Of each class; of some classes more, where it is a function of the label. */
  readonly train: number | ((label: number) => number);
  readonly heldOut?: number;
  readonly groups?: Readonly<Record<string, string>>;
  readonly rejects?: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * A set of noise in a home folder that nobody has open, as if it had been imported, in a fraction of the time. Classes
 * are `class 0`, `class 1` ... and each has a colour of its own. Returns the id.
 */
export async function addMadeUpSet(home: string, wanted: MadeUpSet): Promise<string> {
  const { name, size = 8, classes, heldOut = 1, groups = {}, rejects = [] } = wanted;
  prepareHome(home);
  const names = Array.from({ length: classes }, (_, label) => `class ${label}`);
  const { index, folder } = await writePackedSet(
    join(home, 'data'),
    { name, size, classes: names, groups, rejects, source: join('/made-up', name), heldOut: { kind: 'given' } },
    noise({ ...wanted, size, heldOut }),
  );
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const store = openStore(join(home, 'transplant.sqlite'));
  store.addImageSet({
    id: index.id,
    name,
    size,
    classes,
    trainImages: sum(index.trainCounts),
    heldOutImages: sum(index.heldOutCounts),
    folder: basename(folder),
    source: index.source,
    created: new Date().toISOString(),
  });
  store.close();
  return index.id;
}

function* noise({
  classes,
  train,
  heldOut,
  size,
}: MadeUpSet & { size: number; heldOut: number }): Generator<PackedImage> {
  const area = size * size;
  const pixels = new Uint8Array(3 * area);
  for (let label = 0; label < classes; label++) {
    const colour = createHash('sha256').update(`class ${label}`).digest();
    const count = typeof train === 'number' ? train : train(label);
    for (let image = 0; image < count + heldOut; image++) {
      const bytes = createHash('shake256', { outputLength: area }).update(`${label} ${image}`).digest();
      for (let channel = 0; channel < 3; channel++)
        for (let at = 0; at < area; at++) pixels[channel * area + at] = (colour[channel] >> 1) + (bytes[at] >> 1);
      yield { pixels, label, heldOut: image >= count };
    }
  }
}
