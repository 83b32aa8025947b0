import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Distance, placeOnScreen, readPlace, writePlace, type Bounds } from '../../src-main/shell/window-place.ts';

const MAIN: Bounds = { x: 0, y: 0, width: 1920, height: 1040 };
const LEFT: Bounds = { x: -1280, y: 100, width: 1280, height: 984 };

describe('where the window opens', () => {
  it('is where it was, on any screen', () => {
    const wanted = { x: -1200, y: 150, width: 900, height: 700 };
    expect(placeOnScreen(wanted, [MAIN, LEFT])).toEqual(wanted);
  });

  it('is the middle of the main screen the first time', () => {
    expect(placeOnScreen(undefined, [MAIN, LEFT])).toEqual({ x: 320, y: 90, width: 1280, height: 860 });
  });

  it('is the middle of the main screen, as large as it was, when its own screen is gone', () => {
    const wanted = { x: -1200, y: 150, width: 900, height: 700 };
    expect(placeOnScreen(wanted, [MAIN])).toEqual({ x: 510, y: 170, width: 900, height: 700 });
  });

  it('is the middle of the main screen when its title bar could not be reached', () => {
    const above = { x: 100, y: -40, width: 900, height: 700 };
    const below = { x: 100, y: 1030, width: 900, height: 700 };
    const aside = { x: 1900, y: 100, width: 900, height: 700 };
    for (const wanted of [above, below, aside])
      expect(placeOnScreen(wanted, [MAIN])).toEqual({ x: 510, y: 170, width: 900, height: 700 });
  });

  it('shows, for any wish and any screens, a title bar that can be taken hold of', () => {
    const distance = fc.integer({ min: -10_000, max: 10_000 });
    const length = fc.integer({ min: 1, max: 10_000 });
    const wish = fc.option(fc.record({ x: distance, y: distance, width: length, height: length }), { nil: undefined });
    const side = fc.integer({ min: 640, max: 5000 });
    const screen = fc.record({ x: distance, y: distance, width: side, height: side });
    fc.assert(
      fc.property(wish, fc.array(screen, { minLength: 1, maxLength: 4 }), (wanted, screens) => {
        const { x, y, width, height } = placeOnScreen(wanted, screens);
        const graspable = screens.some(
          (area) =>
            Math.min(x + width, area.x + area.width) - Math.max(x, area.x) >= 120 &&
            y >= area.y &&
            y + 32 <= area.y + area.height &&
            width <= area.width &&
            height <= area.height,
        );
        expect(graspable).toBe(true);
      }),
    );
  });
});

describe('what a window manager adds to its place', () => {
  const asked = { x: 320, y: 90, width: 1280, height: 860 };
  const framed = { ...asked, x: 321, y: 110 };

  it('is taken off again, wherever a person has moved it since', () => {
    const distance = new Distance(asked);
    distance.appeared(5000);
    distance.moved(framed, 5020);
    expect(distance.without(framed)).toEqual(asked);
    distance.moved({ ...framed, x: 500 }, 9000);
    expect(distance.without({ ...framed, x: 500 })).toEqual({ ...asked, x: 499 });
    // However soon that is.
    distance.moved({ ...framed, x: 340 }, 5400);
    expect(distance.without(framed)).toEqual(asked);
  });

  it('is nothing where it adds nothing: what comes later, or goes far, is the doing of a person', () => {
    const distance = new Distance(asked);
    distance.moved(framed, 4000);
    distance.appeared(5000);
    distance.moved({ ...asked, x: 140 }, 5900);
    distance.moved({ ...asked, x: 300 }, 5950);
    distance.moved({ ...asked, x: 330 }, 6001);
    expect(distance.without(asked)).toEqual(asked);
  });
});

describe('what is kept of it', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'place-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('comes back from its file, whose folder is made', () => {
    const file = join(folder, 'a', 'b', 'window.json');
    const place = { bounds: { x: -5, y: 7, width: 800, height: 600 }, maximised: true };
    writePlace(file, place);
    expect(readPlace(file)).toEqual(place);
  });

  it.each(['', '{', '{"bounds":{"x":0,"y":0,"width":0,"height":5},"maximised":false}', '[]', '"x"'])(
    'is nothing when the file says %j',
    (content) => {
      const file = join(folder, 'damaged.json');
      writeFileSync(file, content);
      expect(readPlace(file)).toBeUndefined();
    },
  );

  it('is nothing without a file, and one that can not be written is no error', () => {
    expect(readPlace(join(folder, 'none.json'))).toBeUndefined();
    writeFileSync(join(folder, 'file'), '');
    writePlace(join(folder, 'file', 'window.json'), { bounds: MAIN, maximised: false });
  });
});
