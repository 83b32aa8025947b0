import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { examineHome } from '../../src-main/app/doctor/machine.ts';
import { prepareHome } from '../../src-main/app/home.ts';
import { lockHome } from '../../src-main/app/lock.ts';
import { openApplication } from '../../src-main/app/open.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { openDesk, tinyRequest } from '../api/in-memory.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe.skipIf(process.platform === 'win32')('a home folder', () => {
  it('is made with everything in it for its owner only, whatever the umask', async () => {
    const before = process.umask(0o000);
    onTestFinished(() => void process.umask(before));
    const home = join(temporaryFolder(), 'home');
    prepareHome(home);
    const { workspace, set } = await openDesk({ home });
    await workspace.runStudy(requestOf({ ...tinyRequest(set), treatments: ['transfer'] }), 2);
    for await (const { study, preparing } of workspace.watch()) if (study === null && preparing === null) break;
    const { application } = workspace;
    const made = await application.makeDeadLeaves(
      { size: 8, train: 1, heldOut: 1 },
      { signal: AbortSignal.timeout(60_000), onImport: () => {} },
    );
    const [{ id }] = application.store.studies();
    const report = join(temporaryFolder(), 'report');
    await application.writeReport(id, report);
    await application.writeReport(id, join(home, 'reports', id));
    const paths = globSync('**', { cwd: home }).map((path) => join(home, path));
    expect(paths.length).toBeGreaterThan(20);
    expect(paths).toContain(join(home, 'data', made.folder));
    // The test itself has written the other set, and a report is written as it is elsewhere, into a folder that is closed.
    const others = paths.filter((path) => !path.includes(`${id}`) && !path.includes(set.slice(0, 8)));
    const open = others.filter((path) => (modeOf(path) & 0o077) !== 0);
    expect(open).toEqual([]);
    expect(modeOf(home)).toBe(0o700);
    expect(modeOf(join(home, 'reports'))).toBe(0o700);
    // What a person asks for elsewhere has the person's own mode.
    expect(modeOf(join(report, 'report.html'))).toBe(0o666);
  });

  it('that others can look into stays so, and its owner is told once, and by doctor whenever it is asked', () => {
    const home = temporaryFolder();
    const told: string[] = [];
    const open = () => openApplication({ home, onExposed: (sentence) => void told.push(sentence) }).close();
    open();
    expect(told).toEqual([]);
    chmodSync(home, 0o755);
    open();
    open();
    const sentence = `Other users of this machine may be able to look into ${home}: run chmod 700 on it if they should not.`;
    expect(told).toEqual([sentence]);
    expect(modeOf(home)).toBe(0o755);
    chmodSync(home, 0o777);
    open();
    expect(told[1]).toContain('change what is in');
    expect(examineHome(home)).toMatchObject({ status: 'note', text: expect.stringContaining('chmod 700') });
    chmodSync(home, 0o700);
    open();
    expect(told).toHaveLength(2);
    expect(examineHome(home).status).toBe('ok');
    chmodSync(home, 0o755);
    const workspace = new Workspace({ home });
    workspace.open();
    expect(workspace.activity().notices).toMatchObject([{ level: 'warning', sentence }]);
    return workspace.close();
  });
});

/** Holds a lock for reading on the file of the lock, which is enough to keep a writer out. Says `held`, or why not. */
const HOLD = `
  const Database = require(process.argv[2]);
  try {
    const database = new Database(process.argv[1], { readonly: true });
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    console.log('held');
    setInterval(() => {}, 1000);
  } catch (error) { console.log(error.code); }`;
const BINDING = join(import.meta.dirname, '../../node_modules/better-sqlite3');
const STRANGER = 54321;
const canTry =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', `require('${BINDING}')`], { uid: STRANGER }).status === 0;

describe.skipIf(!canTry)('the lock of a home folder that others may look into', () => {
  async function stranger(home: string): Promise<string> {
    const words = ['-e', HOLD, join(home, 'lock.sqlite'), BINDING];
    const child = spawn(process.execPath, words, { uid: STRANGER, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return String(await once(child.stdout, 'data')).trim();
  }

  it.each([
    ['of this version', () => {}],
    ['of an older version', (file: string) => writeFileSync(file, '', { mode: 0o644 })],
  ])('is held by its owner only, in a home %s', async (_, make) => {
    const home = join(temporaryFolder(), 'home');
    chmodSync(join(home, '..'), 0o755);
    mkdirSync(home, { mode: 0o755 });
    make(join(home, 'lock.sqlite'));
    lockHome(home).release();
    expect(await stranger(home)).toBe('SQLITE_CANTOPEN');
    lockHome(home).release();
  });
});
