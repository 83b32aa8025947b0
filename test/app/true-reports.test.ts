import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { prepareHome } from '../../src-main/app/home.ts';
import { lockHome } from '../../src-main/app/lock.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import type { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { newHome, openDesk, tinyRequest } from '../api/in-memory.ts';
import { trainers } from '../process/trainers.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { tinyNetwork } from '../study/tiny-study.ts';

const LINUX = process.platform === 'linux';
const MOUNT = spawnSync('unshare', ['-m', 'true']).status === 0;

async function until(workspace: Workspace, wanted: (activity: Activity) => boolean): Promise<Activity> {
  for await (const activity of workspace.watch()) if (wanted(activity)) return activity;
  throw new Error('never');
}
const idle = ({ study, preparing }: Activity) => study === null && preparing === null;

/** A study that is under way and would be for a while. */
async function training({ epochs = 100 } = {}) {
  const home = newHome();
  const desk = await openDesk({ home });
  const network = {
    file: 'tiny.json',
    text: JSON.stringify({ ...tinyNetwork, training: { ...tinyNetwork.training, epochs } }),
  };
  const study = await desk.workspace.runStudy(requestOf({ ...tinyRequest(desk.set), network }), 2);
  await until(desk.workspace, ({ study }) => study?.runs.some(({ curveAt }) => curveAt > 3) ?? false);
  return { ...desk, study };
}

describe('a study whose disk is full', () => {
  it.skipIf(!MOUNT)('runs no longer, for this process and for others, and goes on when there is room', () => {
    const drive = join(temporaryFolder(), 'drive');
    mkdirSync(drive);
    const mount = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$1" --disable-warning=ExperimentalWarning "$2" "$0"';
    const words = ['-m', 'sh', '-c', mount, drive, process.execPath, join(import.meta.dirname, 'full-disk-child.ts')];
    const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 60_000 });
    expect(stderr).toBe('');
    const { said, here, reader, after } = JSON.parse(stdout) as Record<string, string> & {
      here: string[];
      reader: string[];
    };
    expect(said).toMatch(/disk that holds .* is full|nothing/);
    expect([...here, ...reader]).not.toContain('running');
    expect(after).toBe('finished');
  });
});

describe('a home folder that goes away while a study runs', () => {
  it.skipIf(!LINUX)(
    'by being moved: the study stops and says so, nothing is written at the old place, and put back it goes on',
    async () => {
      const { workspace, home, study } = await training();
      const elsewhere = `${home}-elsewhere`;
      renameSync(home, elsewhere);
      const { notices } = await until(workspace, idle);
      expect(existsSync(home)).toBe(false);
      expect(notices.at(-1)).toMatchObject({
        level: 'problem',
        sentence: expect.stringContaining(`The home folder ${home} was moved or removed while a study was running`),
      });
      const { store } = workspace.application;
      const statuses = () => [
        store.findStudy(study)!.status,
        ...store.studyRuns(study).map(({ record }) => record.status),
      ];
      expect(statuses()).not.toContain('running');
      expect(store.findStudy(study)!.status).toBe('stopped');
      renameSync(elsewhere, home);
      await workspace.resumeStudy(study, 2);
      await until(workspace, idle);
      expect(new Set(statuses())).toEqual(new Set(['finished']));
      for (const { file } of store.checkpoints()) expect(existsSync(join(home, file)), file).toBe(true);
    },
    60_000,
  );

  it.skipIf(!LINUX)(
    'by being removed: the study stops and says so',
    async () => {
      const { workspace, home } = await training();
      rmSync(home, { recursive: true, force: true });
      const { notices } = await until(workspace, idle);
      expect(notices.at(-1)!.sentence).toContain('was moved or removed');
      expect(trainers()).toEqual([]);
    },
    60_000,
  );
});

describe('a training process', () => {
  it.skipIf(!LINUX)(
    'that a signal halted is noticed within ten seconds, and goes on when it is told to',
    async () => {
      // It is never trained to its end.
      const { workspace } = await training({ epochs: 20_000 });
      const pids = trainers();
      const began = performance.now();
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      const { notices, study } = await until(workspace, ({ notices }) => notices.length > 0);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(notices[0].sentence).toMatch(
        /^The process \d+ of base\w was halted by a signal\. It goes on after "kill -CONT \d+"\.$/,
      );
      expect(study!.runs.some(({ problem }) => problem?.includes('kill -CONT'))).toBe(true);
      for (const pid of pids) process.kill(pid, 'SIGCONT');
      await until(
        workspace,
        ({ study }) => study?.runs.some(({ state, problem }) => state === 'running' && problem === null) ?? true,
      );
      await workspace.stop();
    },
    30_000,
  );
});

describe('a home that can not be used', () => {
  const refusal = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was refused');
  };

  it.skipIf(!LINUX)('because its path is too long for SQLite says that, and how long it may be', () => {
    const home = join(temporaryFolder(), ...Array.from({ length: 5 }, () => 'x'.repeat(100)));
    prepareHome(home);
    for (const readOnly of [true, false])
      expect(refusal(() => openStore(join(home, 'transplant.sqlite'), { readOnly }))).toMatch(
        /^The path of the store .* is too long \(\d{3} bytes, 504 at most\): choose another folder/,
      );
  });

  it.skipIf(!LINUX)('because a pipe stands where its store or lock should says that, and waits for nobody', () => {
    const home = temporaryFolder();
    for (const name of ['transplant.sqlite', 'lock.sqlite']) spawnSync('mkfifo', [join(home, name)]);
    for (const readOnly of [true, false])
      expect(refusal(() => openStore(join(home, 'transplant.sqlite'), { readOnly }))).toMatch(
        /^The store .* is not a file but a device or a pipe: move it away, or choose another folder/,
      );
    expect(refusal(() => lockHome(home))).toMatch(/can't be locked through .*lock\.sqlite \(it is not a file\)/);
  });

  it.skipIf(!LINUX)('because too many files are open says that, and how to allow more', () => {
    const home = temporaryFolder();
    openStore(join(home, 'transplant.sqlite')).close();
    const script = `
      import { openSync, closeSync } from 'node:fs';
      const src = '${join(import.meta.dirname, '../../src-main')}';
      const { openStore } = await import(src + '/store/open.ts');
      const { runTask } = await import(src + '/app/tasks/run-task.ts');
      const { prepareHome } = await import(src + '/app/home.ts');
      const say = async (work) => { try { await work(); console.log('fine'); } catch (error) { console.log(error.name, error.message); } };
      const open = [];
      try { for (;;) open.push(openSync('/dev/null')); } catch {}
      await say(() => openStore(process.argv[1] + '/transplant.sqlite', { readOnly: true }));
      await say(() => prepareHome(process.argv[1]));
      await say(() => runTask({ type: 'verify', imageSets: ['/x'] }));`;
    const words = [
      '-c',
      'ulimit -n 80; exec "$0" --input-type=module-typescript -e "$1" "$2"',
      process.execPath,
      script,
      home,
    ];
    const { stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
    expect(stderr).toBe('');
    const sentences = stdout.trim().split('\n');
    expect(sentences).toHaveLength(3);
    for (const sentence of sentences) expect(sentence).toMatch(/^UserError .*too many files are open.*ulimit -n 4096/);
  });
});
