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
