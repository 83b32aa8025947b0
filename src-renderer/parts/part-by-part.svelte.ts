/**
 * Lets a page come part by part, from the top: one more after each frame, so that no task keeps the page from answering, and what is seen
 * first is there first. Call it while a component is set up.
 *
 * @param parts how many there are
 * @returns how many are to be shown: once they all were, also those that come later
 */
export function partByPart(parts: () => number): { readonly shown: number } {
  let shown = $state(1);
  let complete = $state(false);
  $effect(() => {
    if (shown >= parts()) {
      complete = parts() > 0;
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const frame = requestAnimationFrame(() => (timer = setTimeout(() => (shown += 1))));
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  });
  return {
    get shown() {
      return complete ? Infinity : shown;
    },
  };
}

/** Rows of a table that come at once. */
export const ROWS_AT_ONCE = 24;
