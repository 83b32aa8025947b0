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
