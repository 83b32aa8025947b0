import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spawnDouble } from './launch-double.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'root-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Electron itself would need root for this: the double is told that it is.
it('root, who has no sandbox, is told so in a sentence and gets the screens in a browser', async () => {
  const child = spawnDouble(
    {
      home: join(folder, 'home'),
      profiles: folder,
      words: ['--no-sandbox'],
      environment: { DOUBLE_ROOT: '', DISPLAY: '' },
    },
    'pipe',
  );
  const said: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) createInterface(stream).on('line', (line) => said.push(line));
  await expect.poll(() => said.join('\n')).toMatch(/#token=/);
  expect(said.join('\n')).toMatch(/There can be no window: .*\. The screens are shown in a browser instead\./);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
});
