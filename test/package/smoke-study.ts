import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { launch, pageClient, used, type RunningShell } from '../shell/running-shell.ts';
import type { GuardEntry } from './network-guard.ts';
import { readableMain, type Packaged } from './packaged.ts';

const GUARD = new URL('network-guard.ts', import.meta.url).href;

const SAID = {
  electron: 'The package is built of Electron and runs in it.\n',
  double:
    'The package is built of a stand-in for Electron, and what it holds runs on a double of Electron, its archive taken apart ' +
    'into a folder of the same name: the Electron binary is not here.\n',
  nothing: 'Skipped: running the package. There is neither Electron nor a Chromium; set CHROMIUM to one.\n',
};

/** Runs the packaged program from its start to a study's report, and looks at who ran and what they tried to reach. */
export async function runSmokeStudy(packaged: Packaged, folder: string): Promise<void> {
  process.stderr.write(SAID[used]);
  if (used === 'nothing') return;
  if (used === 'electron')
    // What the test drives Electron through is shut in what people get.
    await flipFuses(packaged.executable, {
      version: FuseVersion.V1,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
    });
  const user = join(folder, 'user');
  mkdirSync(user);
  const guard = join(folder, 'network.jsonl');
  const shell = await launch({
    home: join(folder, 'home'),
    profiles: user,
    packaged: { executable: packaged.executable, main: readableMain(packaged, folder) },
    // Electron takes no NODE_OPTIONS, its children do. The folder of the user shows what native code leaves behind.
    environment: {
      NODE_OPTIONS: `--import ${GUARD}`,
      NETWORK_GUARD: guard,
      HOME: user,
      XDG_CACHE_HOME: join(user, 'cache'),
    },
  });
  try {
    await useProgram(shell);
    expect(await shell.exited).toBe(0);
  } finally {
    await shell.end();
  }

  const entries = readFileSync(guard, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GuardEntry);
  expect(entries.filter(({ what }) => what === 'tried')).toEqual([]);
  const node = realpathSync(join(packaged.resources, 'processes/node_modules/node/bin/node'));
  const byItsNode = entries.filter((entry) => entry.node === node).map(({ script }) => basename(script));
  expect([...new Set(byItsNode)].sort()).toEqual(['adapter.js', 'painter.js', 'task.js', 'trainer.js', 'trial.js']);
  expect(existsSync(join(user, 'cache/Microsoft'))).toBe(false);
}

/** What a person does first: looks whether all is well here, runs a study, takes its report, and leaves. */
async function useProgram(shell: RunningShell): Promise<void> {
  const page = await shell.page();
  await page.locator('main h1').first().waitFor();
  await page.evaluate(await pageClient());

  const findings = await page.evaluate(async () => {
    const [basics, tried] = await Promise.all([window.api.engine.basics(), window.api.engine.examine()]);
    return [...basics.findings, ...tried.findings];
  });
  expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
  expect(findings.find(({ name }) => name === 'engine tensorflow')?.text).toContain('not in this package');
  const refused = page.evaluate(() =>
    window.api.studies.run({ preset: 'smoke', data: 'dead-leaves', engine: 'tensorflow' }),
  );
  await expect(refused).rejects.toThrow('not in this package');

  const { study, notices } = await page.evaluate(async () => {
    const { study } = await window.api.studies.run({ preset: 'smoke', data: 'dead-leaves', layers: [1] });
    for await (const activity of await window.api.home.watch())
      if (activity.study === null) return { study, notices: activity.notices.map(({ sentence }) => sentence) };
    throw new Error('the stream has ended');
  });
  const [{ status, failed }] = await page.evaluate(() => window.api.studies.list());
  expect({ status, failed, notices }).toMatchObject({ status: 'finished', failed: 0 });
  const files = await page.evaluate(async (study) => {
    const written = [];
    for await (const event of await window.api.studies.export({ study }))
      if ('files' in event) written.push(...event.files);
    return written;
  }, study);
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['report.html', 'results.json']));
  const licences = await page.evaluate(async () => {
    const answer = await fetch('/licences.txt');
    return [answer.status, answer.headers.get('content-type'), (await answer.text()).slice(0, 10)];
  });
  expect(licences).toEqual([200, 'text/plain; charset=utf-8', 'Transplant']);

  await shell.evaluate(({ app }) => app.quit());
}
