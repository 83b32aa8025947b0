import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { clearCache, diskUsage } from '../../src-main/app/disk-usage.ts';
import { homeFolder, prepareHome } from '../../src-main/app/home.ts';
import { lockHome } from '../../src-main/app/lock.ts';
import { copyHome } from '../../src-main/app/move-home/copy.ts';
import { formerHome, moveHome, removeFormer } from '../../src-main/app/move-home/move.ts';
import type { Home } from '../../src-main/app/opened-home.ts';
import { changeSettings, keepOnlyWhatIsWanted, readSettings, usualWork } from '../../src-main/app/settings.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { Cancelled } from '../../src-main/errors.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { Plan } from '../../src-main/study/plan/plan.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

afterEach(() => void vi.unstubAllEnvs());

/** The setting of a store that is a map. */
function stored(text?: string) {
  let value = text;
  return { setting: () => value, setSetting: (_key: string, next: string) => void (value = next) };
}

it('keeps what is set, and has everything else as it comes', () => {
  const store = stored();
  expect(readSettings(store)).toMatchObject({ theme: 'system', workers: null, weights: 'all' });
  expect(usualWork(store).workers).toBe(availableParallelism());
  changeSettings(store, { workers: 3, sharedMemory: 500 });
  changeSettings(store, { theme: 'dark' });
  expect(readSettings(store)).toMatchObject({ theme: 'dark', workers: 3 });
  expect(usualWork(store, 4)).toEqual({ workers: 3, sharedMemory: 5e8 });
  changeSettings(store, { workers: null });
  expect(usualWork(store, 1000).workers).toBe(1);
});

it('reads what other versions have written as far as it can', () => {
  const store = stored(JSON.stringify({ theme: 'sepia', workers: 2, later: [1] }));
  expect(readSettings(store)).toMatchObject({ theme: 'system', workers: 2 });
  changeSettings(store, { theme: 'light' });
  expect(JSON.parse(store.setting()!)).toMatchObject({ theme: 'light', later: [1] });
});

/** A home at the platform's own place, with a store and some files. */
function ownHome() {
  const base = temporaryFolder();
  vi.stubEnv('TRANSPLANT_HOME', '');
  vi.stubEnv('XDG_DATA_HOME', join(base, 'data'));
  vi.stubEnv('XDG_CONFIG_HOME', join(base, 'config'));
  const home = homeFolder();
  prepareHome(home);
  openStore(join(home, 'transplant.sqlite'), {}).close();
  mkdirSync(join(home, 'checkpoints', 'a'.repeat(64)));
  writeFileSync(join(home, 'checkpoints', 'a'.repeat(64), 'step-1.safetensors'), 'weights');
  mkdirSync(join(home, 'filter-fits'));
  writeFileSync(join(home, 'filter-fits', 'fit'), 'xxxx');
  return { base, home };
}
// Of the platforms, this one names its folders in variables.
const linux = it.runIf(process.platform === 'linux');

linux('moves the home: copied, compared, used from then on; the former one stays until it is deleted', async () => {
  const { base, home } = ownHome();
  const to = join(base, 'drive', 'transplant');
  const phases = new Set<string>();
  await moveHome(undefined, to, { onProgress: ({ phase }) => void phases.add(phase) });
  expect([...phases]).toEqual(['copying', 'checking']);
  expect(homeFolder()).toBe(to);
  const weights = join('checkpoints', 'a'.repeat(64), 'step-1.safetensors');
  expect(readFileSync(join(to, weights), 'utf8')).toBe('weights');
  expect(existsSync(join(to, 'lock.sqlite'))).toBe(false);
  expect(existsSync(join(home, weights))).toBe(true);
  expect(formerHome()).toBe(home);

  const lock = lockHome(home);
  await expect(removeFormer()).rejects.toThrow(/Another Transplant/);
  lock.release();
  await removeFormer();
  expect(existsSync(home)).toBe(false);
  expect([formerHome(), homeFolder()]).toEqual([undefined, to]);
  // A drive that is not there must not look like a home without studies.
  vi.stubEnv('XDG_CONFIG_HOME', join(base, 'other'));
  mkdirSync(join(base, 'other', 'Transplant'), { recursive: true });
  writeFileSync(join(base, 'other', 'Transplant', 'home.json'), JSON.stringify({ home: join(base, 'gone') }));
  expect(() => homeFolder()).toThrow(/was moved to .*gone, which is not there: connect its drive/);
});

linux('refuses a move that can’t be safe, in a sentence, and changes nothing', async () => {
  const { base, home } = ownHome();
  const refused = (to: string, option?: string) => expect(moveHome(option, to)).rejects;
  await refused(join(base, 'x'), home).toThrow(/was named by --home or TRANSPLANT_HOME/);
  await refused(join(home, 'inside')).toThrow(/one in the other/);
  await refused(base).toThrow(/one in the other/);
  mkdirSync(join(base, 'full'));
  writeFileSync(join(base, 'full', 'file'), '');
  await refused(join(base, 'full')).toThrow(/is not empty: choose a new or an empty folder/);
  const lock = lockHome(home);
  await refused(join(base, 'x')).toThrow(/Another Transplant/);
  lock.release();
  const workspace = new Workspace();
  workspace.open();
  vi.spyOn(workspace, 'busy', 'get').mockReturnValue({ trainings: true, imports: false });
  await expect(workspace.moveHome(join(base, 'x'), {})).rejects.toThrow(/Something is under way/);
  expect(workspace.closed).toBeUndefined();
  await workspace.close();
  expect([homeFolder(), existsSync(join(base, 'x'))]).toEqual([home, false]);
});

linux('closes the home of a window that moved it, for good', async () => {
  const { base } = ownHome();
  const workspace = new Workspace();
  workspace.open();
  await expect(workspace.moveHome(join(base, 'full\0'), {})).rejects.toThrow();
  expect(workspace.closed).toBeUndefined();
  const meanwhile = new Set<string | undefined>();
  await workspace.moveHome(join(base, 'new'), {
    onProgress: () => {
      // Another page may press “Try again”.
      workspace.open();
      meanwhile.add(workspace.closed);
    },
  });
  expect([...meanwhile]).toEqual([expect.stringContaining('is being moved: wait until that is done')]);
  workspace.open();
  expect(workspace.moved).toBe(true);
  expect(workspace.closed).toMatch(/The home folder is at .*new now.*start it again/);
  const next = new Workspace();
  next.open();
  expect([next.closed, next.home]).toEqual([undefined, join(base, 'new')]);
  await next.close();
});

linux('leaves nothing where the copy is stopped or differs', async () => {
  const { base, home } = ownHome();
  const to = join(base, 'new');
  const stop = new AbortController();
  const stopped = copyHome(home, to, {
    signal: stop.signal,
    onProgress: ({ done }) => void (done > 0 && stop.abort()),
  });
  await expect(stopped).rejects.toThrow(Cancelled);
  expect(existsSync(to)).toBe(false);
  // Something writes to the copy while it is compared.
  mkdirSync(to);
  const spoil = copyHome(home, to, {
    signal: new AbortController().signal,
    onProgress: ({ phase, done, total }) => {
      if (phase === 'copying' && done === total) writeFileSync(join(to, 'filter-fits', 'fit'), 'yyyy');
    },
  });
  await expect(spoil).rejects.toThrow(/fit is not what .*fit is/);
  expect(existsSync(join(to, 'transplant.sqlite'))).toBe(false);
  expect(existsSync(to)).toBe(true);
});

it('deletes the weights of finished transfers where only those of bases are wanted', () => {
  const home = temporaryFolder();
  const runs = ['base', 'transfer', 'selffer'].map((kind, i) => ({ key: String(i).repeat(64), treatment: { kind } }));
  const checkpoints = new Map(
    runs.map(({ key }) => {
      const file = `checkpoints/${key}/step-9.safetensors`;
      mkdirSync(join(home, 'checkpoints', key), { recursive: true });
      writeFileSync(join(home, file), '');
      // One had begun and will go on.
      return [key, { run: key, file, final: key !== '2'.repeat(64) }] as const;
    }),
  );
  const settings = stored();
  const removed: string[] = [];
  const store = {
    ...settings,
    latestCheckpoint: (key: string) => checkpoints.get(key),
    removeCheckpoint: (key: string) => (removed.push(key), [checkpoints.get(key)]),
  };
  const keep = () => keepOnlyWhatIsWanted({ home, store } as unknown as Home, { runs } as unknown as Plan);
  keep();
  expect(removed).toEqual([]);
  changeSettings(settings, { weights: 'bases' });
  keep();
  expect(removed).toEqual([runs[1].key]);
  expect(runs.map(({ key }) => existsSync(join(home, checkpoints.get(key)!.file)))).toEqual([true, false, true]);
});

linux('counts what is on disk by what it is for, and deletes only what is made again', async () => {
  const { home } = ownHome();
  const bytes = async () =>
    Object.fromEntries((await diskUsage(home)).parts.map((part) => [part.part, part.bytes] as const));
  expect(await bytes()).toMatchObject({ weights: 7, cache: 4, images: 0 });
  expect((await bytes()).results).toBeGreaterThan(0);
  await clearCache(home);
  expect(await bytes()).toMatchObject({ weights: 7, cache: 0 });
});
