/** Copies text to the clipboard; resolves to whether it could. To be called soon after a press. */
export const copyText = (text: string): Promise<boolean> =>
  navigator.clipboard.writeText(text).then(
    () => true,
    () => copySelected(text),
  );

/**
 * Where the clipboard is denied to the page, as in the window: the older way needs no permission. The focus goes back to
 * where it was.
 */
function copySelected(words: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = words;
  area.className = 'hidden-visually';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
