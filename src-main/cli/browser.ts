import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Tries to open a link with a secret in the user's browser. The arguments of programs can be seen by all users of a
 * machine, so the browser gets a file that leads to the link and that only this user can read. Returns a function that
 * removes the file.
 */
export function openInBrowser(link: string, platform: NodeJS.Platform = process.platform): () => void {
  // Browsers that are installed as snaps can't read the system's temporary folder.
  const folder = mkdtempSync(join(platform === 'linux' && existsSync('/snap') ? homedir() : tmpdir(), 'transplant-'));
  const file = join(folder, 'open.html');
  const page = `<!doctype html><meta charset="utf-8" /><meta http-equiv="refresh" content="0; url=${link}" />`;
  writeFileSync(file, page, { mode: 0o600 });
  const [program, ...words] = OPENERS[platform] ?? OPENERS.linux!;
  const child = spawn(program, [...words, pathToFileURL(file).href], { stdio: 'ignore', detached: true });
  // Without such a program, the user still has the link in the terminal.
  child.on('error', () => {});
  child.unref();
  return () => rmSync(folder, { recursive: true, force: true });
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  linux: ['xdg-open'],
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
