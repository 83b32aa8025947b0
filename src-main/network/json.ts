import { messageOf, UserError } from '../errors.ts';

/** JSON.parse, with a UserError that says in which line and column of `file` the first fault is. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const offset = firstFault(text);
    const lines = text.slice(0, offset).split('\n');
    const where = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
    const what = offset === text.length ? 'it ends too early' : 'something does not belong there';
    throw new UserError(`${file} is not valid JSON at ${where}: ${what}.`, { usage: true });
  }
}

/**
 * Length of the longest prefix that could still become JSON. JSON.parse tells the place of some faults only, so it is
 * searched by halving: every prefix up to the fault is merely incomplete, every longer one is wrong.
 */
function firstFault(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (couldBecomeJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function couldBecomeJson(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return true;
  } catch (error) {
    const message = messageOf(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    return message.includes('end of JSON input') || Number(position) === prefix.length;
  }
}
