/** Pixels from the left and the top of an element. */
export interface Point {
  readonly left: number;
  readonly top: number;
}

const WHEEL = 1.15;

/**
 * Tells when a person enlarges an element: with Ctrl and the wheel, which is also what a pinch on a touch pad is, or with two
 * fingers on a screen. `at` is the point that should stay where it is. For `{@attach enlarging(...)}`.
 */
export const enlarging = (enlarge: (factor: number, at: Point) => void) => (element: HTMLElement) => {
  const inside = (x: number, y: number): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { left: x - left, top: y - top };
  };
  function wheel(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    enlarge(event.deltaY < 0 ? WHEEL : 1 / WHEEL, inside(event.clientX, event.clientY));
  }
  let distance: number | undefined;
  function touch(event: TouchEvent): void {
    const [one, two] = event.touches;
    if (!two) {
      distance = undefined;
      return;
    }
    event.preventDefault();
    const now = Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
    const middle = inside((one.clientX + two.clientX) / 2, (one.clientY + two.clientY) / 2);
    if (distance && now > 0) enlarge(now / distance, middle);
    distance = now;
  }
  const touches = ['touchstart', 'touchmove', 'touchend', 'touchcancel'] as const;
  // Not passive: the browser would enlarge the page as well.
  element.addEventListener('wheel', wheel, { passive: false });
  for (const name of touches) element.addEventListener(name, touch, { passive: false });
  return () => {
    element.removeEventListener('wheel', wheel);
    for (const name of touches) element.removeEventListener(name, touch);
  };
};

/** Where to scroll to, so that what was at a point of the view is there again after everything became `ratio` as large. */
export const scrollFor = (scrolled: number, at: number, ratio: number): number => (scrolled + at) * ratio - at;

/** Pixels that a pointer may tremble before a press becomes a drag. */
const TREMBLE = 4;

/** Lets a scrolling element be moved by dragging what is in it; a drag is no click. For `{@attach draggable}`. */
export function draggable(element: HTMLElement): () => void {
  let from: { x: number; y: number; left: number; top: number } | undefined;
  let dragged = false;
  const down = (event: PointerEvent) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    from = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop };
    dragged = false;
  };
  const move = (event: PointerEvent) => {
    if (!from) return;
    const [across, down] = [event.clientX - from.x, event.clientY - from.y];
    dragged ||= Math.hypot(across, down) > TREMBLE;
    if (!dragged) return;
    element.scrollLeft = from.left - across;
    element.scrollTop = from.top - down;
  };
  const up = () => (from = undefined);
  const click = (event: MouseEvent) => {
    if (!dragged) return;
    event.stopPropagation();
    event.preventDefault();
    dragged = false;
  };
  element.addEventListener('pointerdown', down);
  window.addEventListener('pointermove', move);
  window.addEventListener('pointerup', up);
  element.addEventListener('click', click, { capture: true });
  return () => {
    element.removeEventListener('pointerdown', down);
    window.removeEventListener('pointermove', move);
    window.removeEventListener('pointerup', up);
    element.removeEventListener('click', click, { capture: true });
  };
}
