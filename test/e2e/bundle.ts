import Database from 'better-sqlite3';
import { execSync } from 'node:child_process';
import { globSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;
const OUT = join(ROOT, 'out');
/** Its time is when the build began that `out` is from. */
const STAMP = join(OUT, 'built');
const SOURCES = [
  'src-main/**',
  'src-renderer/**',
  'resources/**',
  'packaging/**',
  'docs/**',
  'electron.config.ts',
  'package.json',
];

/**
 * The folder of the built program (`main/index.js`, `preload/preload.cjs`, `renderer/index.html`), built first where it is
 * older than its sources. Test workers that ask at the same time wait for one build. Throws with what the build said.
 */
export function bundle(): string {
  mkdirSync(OUT, { recursive: true });
  // A transaction is a lock that can't be left behind by a worker that was killed.
  const lock = new Database(join(OUT, 'build-lock.sqlite'), { timeout: 600_000 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    if (newestSource() > (statSync(STAMP, { throwIfNoEntry: false })?.mtimeMs ?? 0)) build();
  } finally {
    lock.close();
  }
  return OUT;
}

/** Folders count as well: their time says that a file was deleted. */
function newestSource(): number {
  return Math.max(...globSync(SOURCES, { cwd: ROOT }).map((file) => statSync(join(ROOT, file)).mtimeMs));
}

/** `npm run build`, so that whoever has run the tests need not try that as well. */
function build(): void {
  const began = new Date();
  try {
    execSync('npm run build', { cwd: ROOT, stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    throw new Error(`The build failed.\n${stdout}\n${stderr}`, { cause: error });
  }
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
}
