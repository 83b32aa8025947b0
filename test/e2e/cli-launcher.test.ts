import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const TRANSPLANT = fileURLToPath(new URL('../../src-main/cli/transplant.js', import.meta.url));
/** Makes the Node that runs the launcher say that it is an old one; the Node it hands over to says the truth. */
const OLD =
  'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })';

const node = (...words: string[]) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, words, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

it('prints its version', async () => {
  const { code, stdout } = await node(TRANSPLANT, '--version');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('hands over to the Node that it ships when it runs on an old one, arguments and exit code included', async () => {
  const { code, stdout, stderr } = await node('--import', OLD, TRANSPLANT, 'study', 'run', '--seeds', 'two words');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe('--seeds must be a whole number from 1 to 1000, not "two words".\n');
});

it('says in one sentence that no Node fits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-launcher-'));
  const cli = join(folder, 'transplant.js');
  copyFileSync(TRANSPLANT, cli);
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const { code, stderr } = await node('--import', OLD, cli, '--version');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Transplant needs Node 24 or newer, this is 20\.1\.0, and the one it ships is not installed: run "npm ci" in \S+, or install Node 24\.\n$/,
  );
});
