import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

const boundsSchema = z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() });
const placeSchema = z.object({ bounds: boundsSchema, maximised: z.boolean() });

/** Position and size in pixels of the desktop. Positions to the left of the main screen or above it are negative. */
export type Bounds = z.infer<typeof boundsSchema>;
/** Where the window was. `bounds` are those from before it was maximised. */
export type WindowPlace = z.infer<typeof placeSchema>;

export const SMALLEST = { width: 760, height: 520 };
const USUAL = { width: 1280, height: 860 };
/** Pixels of the window's top edge that must be on a screen, so that it can be dragged by its title bar. */
const GRIP = { width: 120, height: 32 };

/**
 * Reads the place from a file; undefined if it is missing or damaged, which makes the window open at its usual place.
 */
export function readPlace(file: string): WindowPlace | undefined {
  try {
    return placeSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes the place to a file. A failure is ignored, as it costs only the place. */
export function writePlace(file: string, place: WindowPlace): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomic.sync(file, JSON.stringify(place));
  } catch {
    // The window opens at its usual place next time.
  }
}

/** Milliseconds within which a window manager has framed a window, and pixels that no frame is wider than. */
const SETTLING = 1000;
const WIDEST_FRAME = 100;

/**
 * How far from where it was asked to be a window manager has put the window. On X11 that is the frame: a place is asked for the
 * frame and told of what is within. Without the distance the window would move by its frame at every start.
 */
export class Distance {
  readonly #asked: Bounds;
  #appeared: number | undefined;
  #distance: { readonly x: number; readonly y: number } | undefined;

  constructor(asked: Bounds) {
    this.#asked = asked;
  }

  /** The window has appeared at its place, at this time in milliseconds. */
  appeared(time: number): void {
    this.#appeared = time;
  }

  /**
   * The window has moved: by the manager's doing if it is its first move, just after it has appeared, and no further than a frame is
   * wide; otherwise by a person's.
   */
  moved(bounds: Bounds, time: number): void {
    if (this.#distance || this.#appeared === undefined || time - this.#appeared > SETTLING) return;
    const [x, y] = [bounds.x - this.#asked.x, bounds.y - this.#asked.y];
    if (Math.min(x, y) >= 0 && Math.max(x, y) > 0 && Math.max(x, y) <= WIDEST_FRAME) this.#distance = { x, y };
  }

  /** What must be asked for to get these bounds. */
  without(bounds: Bounds): Bounds {
    const { x, y } = this.#distance ?? { x: 0, y: 0 };
    return { ...bounds, x: bounds.x - x, y: bounds.y - y };
  }
}

/**
 * The bounds of the window on one of these screens (given by their work areas, the main one first): the wanted ones if
 * the window could be dragged there, otherwise the same size in the middle of the main screen. Never larger than the
 * screen.
 */
export function placeOnScreen(wanted: Bounds | undefined, screens: readonly Bounds[]): Bounds {
  if (!wanted) return centredOn(screens[0], USUAL);
  for (const screen of screens) {
    const sized = { ...wanted, ...fitSize(wanted, screen) };
    if (canBeDragged(sized, screen)) return sized;
  }
  return centredOn(screens[0], wanted);
}

function canBeDragged(window: Bounds, screen: Bounds): boolean {
  const across = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x);
  const edge = window.y - screen.y;
  return across >= GRIP.width && edge >= 0 && edge <= screen.height - GRIP.height;
}

function centredOn(screen: Bounds, size: { width: number; height: number }): Bounds {
  const { width, height } = fitSize(size, screen);
  const x = screen.x + Math.round((screen.width - width) / 2);
  const y = screen.y + Math.round((screen.height - height) / 2);
  return { x, y, width, height };
}

function fitSize(size: { width: number; height: number }, screen: Bounds): { width: number; height: number } {
  return {
    width: Math.min(Math.max(size.width, SMALLEST.width), screen.width),
    height: Math.min(Math.max(size.height, SMALLEST.height), screen.height),
  };
}
