import { spawn } from 'node:child_process';
import { linkSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openApplication } from '../../src-main/app/open.ts';
import { imagesOf, writeFolder } from '../data/import-fixtures.ts';
import { hasEnded } from '../process/grandchild.ts';

const TRANSPLANT = fileURLToPath(new URL('../../src-main/cli/transplant.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'transplant-killed-'));
const home = join(folder, 'home');
const data = join(home, 'data');

/** Far more images than can be imported before the first progress is heard of; on the disk there are eight. */
async function manyImages(): Promise<string> {
  const path = await writeFolder(join(folder, 'birds'), await imagesOf(['finch', 'kiwi'], 4));
  for (const name of ['finch', 'kiwi'])
    for (let image = 4; image < 1500; image++)
      linkSync(join(path, name, `${image % 4}.png`), join(path, name, `${image}.png`));
  return path;
}

/** Runs the command until `isEnough` of a line's object, then kills it; otherwise to its end. */
async function transplant(words: readonly string[], isEnough = (_: { done?: number }): boolean => false) {
  const child = spawn(process.execPath, [TRANSPLANT, ...words, '--home', home, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: { type: string; done?: number; imageSet?: { id: string } }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as (typeof lines)[number];
    lines.push(said);
    if (isEnough(said)) child.kill('SIGKILL');
  });
  const killedBy = await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
  return { lines, killedBy };
}

test('a killed import leaves nothing behind, and the same import is done as if it had not been', async () => {
  const path = await manyImages();
  const killed = await transplant(['data', 'import', path], ({ done = 0 }) => done > 0);
  expect(killed.killedBy).toBe('SIGKILL');
  expect(killed.lines.at(-1)!.type).not.toBe('imported');

  // Its process of work ends with it. Nothing but what that was writing is there, and is no set.
  const [unfinished, ...others] = readdirSync(data);
  const [, worker] = /^\.importing-(\d+)-/.exec(unfinished)!;
  expect(others).toEqual([]);
  await expect.poll(() => hasEnded(Number(worker))).toBe(true);

  // Whoever opens the home next removes it, without importing anything.
  const application = openApplication({ home });
  expect(application.store.imageSets()).toEqual([]);
  expect(readdirSync(data)).toEqual([]);
  application.close();

  const again = await transplant(['data', 'import', path]);
  const { imageSet } = again.lines.at(-1)!;
  expect(readdirSync(data)).toEqual([imageSet!.id]);
  expect((await transplant(['data', 'list'])).lines.map(({ type }) => type)).toEqual(['image-set']);
  expect((await transplant(['data', 'check', imageSet!.id])).lines.at(-1)!.type).toBe('image-set-health');
});
