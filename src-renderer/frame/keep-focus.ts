const CONTROLS = 'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex="-1"])';

/** Where the focus is, and what is around it there: for the moment when it is gone. */
interface Place {
  readonly element: HTMLElement;
  /** The content or a dialog. */
  readonly root: HTMLElement;
  /** From the element outwards: each ancestor with the children after the one that leads to it, and those before. */
  readonly around: readonly { readonly parent: Element; readonly beside: readonly Element[] }[];
}

/**
 * Keeps the focus of the keyboard near where it was. When what has it goes away, as a button that did its work, a browser drops it
 * to the page, and whoever works with keys begins anew at the top. Here the nearest control that is left gets it: beside it, then
 * around it; else the content. What closes a dialog goes back to what opened it. Returns what ends it.
 */
export function keepFocus(content: HTMLElement): () => void {
  let place: Place | undefined;
  let inContent: Place | undefined;

  function remember({ target }: FocusEvent): void {
    if (!(target instanceof HTMLElement)) return;
    const root = content.contains(target) ? content : target.closest<HTMLElement>('[role="dialog"]');
    place = root && target !== root ? placeOf(target, root) : undefined;
    if (root === content || !root) inContent = place;
  }

  /** A press beside all controls takes the focus away on purpose. */
  function forget({ target }: PointerEvent): void {
    if (target instanceof Element && !target.closest(`${CONTROLS}, label`)) place = inContent = undefined;
  }

  function restore(): void {
    if (document.activeElement !== document.body) return;
    const lost = place?.root.isConnected ? place : inContent;
    const found = lost && nearest(lost);
    // What took its place and is about to be enabled is waited for.
    if (found && !found.matches(':disabled')) found.focus({ preventScroll: true });
  }

  const observer = new MutationObserver(restore);
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
  document.addEventListener('focusin', remember);
  document.addEventListener('pointerdown', forget);
  return () => {
    observer.disconnect();
    document.removeEventListener('focusin', remember);
    document.removeEventListener('pointerdown', forget);
  };
}

function placeOf(element: HTMLElement, root: HTMLElement): Place {
  const around: Place['around'][number][] = [];
  for (let inner: Element = element; inner !== root; inner = inner.parentElement!) {
    const parent = inner.parentElement!;
    const children = [...parent.children];
    const at = children.indexOf(inner);
    around.push({ parent, beside: [...children.slice(at + 1), ...children.slice(0, at).reverse()] });
  }
  return { element, root, around };
}

/** What stands in its place now, else what stands beside it; then the same around that. */
function nearest({ element, root, around }: Place): HTMLElement {
  if (root.contains(element)) return element;
  for (const { parent, beside } of around) {
    if (parent === root) break;
    if (!root.contains(parent)) continue;
    const fresh = controlsIn(parent).filter((one) => !beside.some((other) => other.contains(one)));
    const usable = fresh.filter((one) => !one.matches(':disabled'));
    const primary = usable.find((one) => one.classList.contains('primary'));
    const neighbour = beside.flatMap(controlsIn).find((one) => parent.contains(one) && !one.matches(':disabled'));
    const found = primary ?? usable[0] ?? fresh[0] ?? neighbour;
    if (found) return found;
  }
  return root;
}

/** The element itself or all controls in it that can be seen. */
function controlsIn(element: Element): HTMLElement[] {
  const inside = [...element.querySelectorAll<HTMLElement>(CONTROLS)];
  const all = element.matches(CONTROLS) ? [element as HTMLElement, ...inside] : inside;
  return all.filter((one) => one.checkVisibility());
}
