import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Tries to open a link that holds a secret in the user's browser. Everybody on a machine can see what programs are called
 * with, so the browser is given a file that only this user can read and that leads to the link. Call the result to remove it.
 */
export function openInBrowser(link: string, platform: NodeJS.Platform = process.platform): () => void {
  // Browsers that are installed as snaps see no temporary folder but their own.
  const folder = mkdtempSync(join(platform === 'linux' && existsSync('/snap') ? homedir() : tmpdir(), 'transplant-'));
  const file = join(folder, 'open.html');
  const page = `<!doctype html><meta charset="utf-8" /><meta http-equiv="refresh" content="0; url=${link}" />`;
  writeFileSync(file, page, { mode: 0o600 });
  const [program, ...words] = OPENERS[platform] ?? OPENERS.linux!;
  const child = spawn(program, [...words, pathToFileURL(file).href], { stdio: 'ignore', detached: true });
  // Without such a program the link in the terminal is left.
  child.on('error', () => {});
  child.unref();
  return () => rmSync(folder, { recursive: true, force: true });
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  linux: ['xdg-open'],
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
