/** What something was the last time that it had not changed for a moment: for questions that are dear to ask. */
export function quiet<T>(read: () => T, milliseconds: number): { readonly current: T } {
  // A key, not the value: what is made anew but says the same has not changed.
  const first = read();
  let shown = $state.raw(first);
  let key = JSON.stringify(first);
  $effect(() => {
    const next = read();
    const nextKey = JSON.stringify(next);
    if (nextKey === key) return;
    const timer = setTimeout(() => {
      key = nextKey;
      shown = next;
    }, milliseconds);
    return () => clearTimeout(timer);
  });
  return {
    get current() {
      return shown;
    },
  };
}
