import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import Database from 'better-sqlite3';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { afterChanges } from '../../src-main/common/activity-changes.ts';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { planRequest } from '../../src-main/app/planning/plan-request.ts';
import { migrate, MIGRATIONS } from '../../src-main/store/migrate.ts';
import { imagesOf, tar } from '../data/import-fixtures.ts';
import { trainers } from '../process/trainers.ts';
import { connectTo, newHome, openDesk, openTrainedDesk, tinyRequest } from '../api/in-memory.ts';

/** Waits until what is under way looks as wanted. */
async function until(workspace: Workspace, wanted: (activity: Activity) => boolean): Promise<Activity> {
  for await (const activity of workspace.watch()) if (wanted(activity)) return activity;
  throw new Error('never');
}
const idle = ({ study, preparing }: Activity) => study === null && preparing === null;

/** All that a page knows, from now until nothing is under way. */
async function hear(api: ReturnType<typeof connectTo>['api']): Promise<Activity[]> {
  const heard: Activity[] = [];
  for await (const changes of await api.home.watch()) {
    heard.push(afterChanges(heard.at(-1), changes));
    if (idle(heard.at(-1)!)) break;
  }
  return heard;
}

/** SHA-256 of every checkpoint of a home, by run. */
function checkpoints(home: string): Record<string, string[]> {
  const root = join(home, 'checkpoints');
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(
    readdirSync(root).map((run) => [run, readdirSync(join(root, run)).map((file) => hash(join(root, run, file)))]),
  );
}

describe('a study that was begun from a window', () => {
  it('is planned, runs to its end whoever looks, and its results can be asked for', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    const plan = await api.studies.plan(tinyRequest(set));
    expect(plan.runs.map(({ name }) => name)).toEqual(['baseA', 'baseB', 'B1B', 'B1B+', 'A1B', 'A1B+', 'R1B']);
    const { study } = await api.studies.run(tinyRequest(set));
    expect(study).toBe(plan.study);
    // The page that began it is closed; another one sees it go on.
    close();
    const other = connectTo(workspace);
    const heard = hear(other.api);
    const training = await until(
      workspace,
      ({ study }) => study?.runs.some(({ state }) => state === 'running') ?? false,
    );
    expect(training.study!.runs).toHaveLength(7);
    // Whoever asks is told what the stream says, though not all of it is stored yet.
    const live = vi.spyOn(workspace, 'liveRuns');
    const asked = await other.api.studies.details({ study });
    expect(asked.summary).toMatchObject({ status: 'running', trainings: 7 });
    expect(asked.runs).toEqual(live.mock.results[0].value);
    await until(workspace, idle);
    // The page hears of changes alone, and knows every training all the while, as far as it has come.
    const shown = (await heard).flatMap((activity) => activity.study ?? []);
    expect(shown.map((one) => one.runs.length)).toEqual(shown.map(() => 7));
    const finished = shown.map((one) => one.runs.filter(({ state }) => state === 'finished').length);
    expect(finished).toEqual(finished.toSorted((a, b) => a - b));
    expect(new Set(finished).size).toBeGreaterThan(1);
    const { runs, summary } = await other.api.studies.details({ study });
    expect(runs.map(({ state }) => state)).toEqual(Array(7).fill('finished'));
    expect(summary).toMatchObject({ status: 'finished', trained: 7, failed: 0 });
    const results = await other.api.studies.results({ study });
    expect(results.curves.map(({ name }) => name)).toEqual(['baseB', 'BnB', 'BnB+', 'AnB', 'AnB+', 'RnB', 'baseA']);
    expect(workspace.activity().notices.at(-1)).toMatchObject({ level: 'information', study });
    // Asked for again, it is the same study and takes no training.
    const again = await other.api.studies.plan(tinyRequest(set));
    expect(again).toMatchObject({ study, known: true });
    expect(again.runs.every(({ stored }) => stored)).toBe(true);
    other.close();
  });

  it('is paused and resumed to the same bytes as one that was not', async () => {
    const whole = await openTrainedDesk();
    const broken = await openDesk();
    const { api, close } = connectTo(broken.workspace);
    const { study } = await api.studies.run(tinyRequest(broken.set));
    await until(broken.workspace, ({ study }) => study?.runs.some(({ curveAt }) => curveAt > 3) ?? false);
    await api.studies.pause({ study });
    expect(broken.workspace.busy.trainings).toBe(false);
    const paused = await api.studies.details({ study });
    expect(paused.summary.status).toBe('stopped');
    await api.studies.resume({ study });
    await until(broken.workspace, idle);
    expect(checkpoints(broken.home)).toEqual(checkpoints(whole.home));
    close();
  });

  it('of an older version stays as it is: it does not go on, and the same request is a new study', async () => {
    const { workspace, set } = await openDesk();
    const request = requestOf({ ...tinyRequest(set), treatments: ['transfer'] });
    const { protocol, plan, id } = planRequest(workspace.application, request);
    const older = plan.runs.map(({ key, identity, seed, steps, replicate, name, treatment }) => ({
      run: { key: `1${key.slice(1)}`, identity: JSON.stringify({ ...identity, version: 1 }), seed, steps },
      place: { replicate, name, ...treatment },
    }));
    const record = { name: 'older', protocol: JSON.stringify(protocol), created: '2026-11-20T10:00:00.000Z' };
    workspace.application.store.addStudy(
      { id: 'older', ...record, status: 'stopped', finished: null, seconds: 1 },
      older,
    );
    await expect(workspace.resumeStudy('older')).rejects.toThrow(
      /^Study "older" was begun by an older version of Transplant, .* run it again as a new study\.$/,
    );
    expect(workspace.activity().study).toBeNull();
    expect(await workspace.runStudy(request, 2)).toBe(id);
    await until(workspace, idle);
    expect(workspace.application.store.studies().map(({ id, status }) => [id, status])).toEqual([
      ['older', 'stopped'],
      [id, 'finished'],
    ]);
  });

  it('keeps finished trainings and discards half trained ones when it is cancelled', async () => {
    const { workspace, set, home } = await openDesk();
    const { api, close } = connectTo(workspace);
    const { study } = await api.studies.run({ ...tinyRequest(set), workers: 1 });
    await until(
      workspace,
      ({ study }) => study?.runs.some(({ name, curveAt }) => name === 'B1B+' && curveAt > 1) ?? false,
    );
    await api.studies.cancel({ study });
    const { runs } = await api.studies.details({ study });
    const states = Object.fromEntries(runs.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ baseA: 'finished', baseB: 'finished', A1B: 'planned' });
    expect(runs.filter(({ state }) => state === 'stopped')).toEqual([]);
    const finished = runs.filter(({ state }) => state === 'finished').map(({ key }) => key);
    const kept = readdirSync(join(home, 'checkpoints')).filter(
      (run) => readdirSync(join(home, 'checkpoints', run)).length,
    );
    expect(kept.sort()).toEqual(finished.sort());
    close();
  });

  it('goes on after its trainer was killed, and says so', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    await api.studies.run({ ...tinyRequest(set), epochs: 20_000, workers: 1, layers: [] });
    await until(workspace, ({ study }) => study?.runs.some(({ curveAt }) => curveAt > 3) ?? false);
    for (const pid of trainers()) process.kill(pid, 'SIGKILL');
    const { notices } = await until(workspace, ({ notices }) => notices.length > 0);
    expect(notices[0]).toMatchObject({ level: 'warning', sentence: expect.stringContaining('nothing is lost') });
    await workspace.stop();
    close();
  });

  it('is deleted with what nobody else needs, and not while it runs', async () => {
    const { workspace, set, home } = await openDesk();
    const { api, close } = connectTo(workspace);
    const { study } = await api.studies.run({ ...tinyRequest(set), treatments: ['transfer'] });
    await expect(api.studies.remove({ study })).rejects.toMatchObject({ code: 'REFUSED' });
    await until(workspace, idle);
    const { study: other } = await api.studies.run({ ...tinyRequest(set), treatments: ['transfer', 'random'] });
    await until(workspace, idle);
    await expect(api.images.remove({ set })).rejects.toMatchObject({
      data: { sentence: expect.stringContaining('delete the studies first') },
    });
    const before = Object.keys(checkpoints(home)).length;
    await api.studies.remove({ study });
    const [{ bytes }] = await api.bin.list();
    const shared = before - Object.keys(checkpoints(home)).length;
    expect([bytes, shared], 'each of its networks is one of the other study').toEqual([0, 0]);
    expect(await api.bin.remove({ kind: 'study', id: study })).toEqual({ bytes: 0 });
    // The bases are the other study's as well.
    expect((await api.studies.details({ study: other })).runs.every(({ state }) => state === 'finished')).toBe(true);
    await api.studies.remove({ study: other });
    await api.images.remove({ set });
    expect([await api.studies.list(), await api.images.list()]).toEqual([[], []]);
    await expect(api.bin.remove({ kind: 'images', id: set })).rejects.toMatchObject({
      data: { sentence: expect.stringContaining('could not go on without it') },
    });
    // Nothing is lost yet: the study comes back with its images, also after a restart.
    await api.bin.restore({ kind: 'study', id: other });
    expect((await api.images.list()).map(({ id }) => id)).toEqual([set]);
    expect((await api.studies.details({ study: other })).summary).toMatchObject({ trained: 4, status: 'finished' });
    await api.studies.remove({ study: other });
    await api.images.remove({ set });
    const freed = await api.bin.remove({ kind: 'study', id: other });
    expect(freed.bytes).toBeGreaterThan(1000);
    expect(Object.values(checkpoints(home)).flat()).toEqual([]);
    expect((await api.bin.remove({ kind: 'images', id: set })).bytes).toBeGreaterThan(1000);
    expect(readdirSync(join(home, 'data'))).toEqual([]);
    expect(await api.bin.list()).toEqual([]);
    close();
  });
});

describe('an import that was begun from a window', () => {
  it('ends with a set, and says when the same images are there already', async () => {
    const { workspace } = await openDesk();
    const { api, close } = connectTo(workspace);
    const request = { size: 16, train: 10, heldOut: 10 };
    const ended = (id: number) =>
      until(workspace, ({ imports }) => imports.some((one) => one.id === id && one.state === 'done'));
    const first = await api.images.makeDeadLeaves(request);
    expect((await ended(first.import)).imports[0]).toMatchObject({ known: false, done: 400, total: 400 });
    const second = await api.images.makeDeadLeaves(request);
    expect((await ended(second.import)).imports.at(-1)).toMatchObject({ known: true });
    expect((await api.images.list()).filter(({ builtIn }) => builtIn)).toHaveLength(1);
    await api.images.dismissImport({ import: first.import });
    expect(workspace.activity().imports).toHaveLength(1);
    close();
  });

  it('of a text file, an empty folder or nothing fails in a sentence', async () => {
    const { workspace, home } = await openDesk();
    const { api, close } = connectTo(workspace);
    writeFileSync(join(home, 'notes.txt'), 'not images');
    mkdirSync(join(home, 'empty'));
    for (const [path, sentence] of [
      [join(home, 'notes.txt'), 'neither a folder nor a zip'],
      [join(home, 'empty'), 'holds no files'],
      [join(home, 'nothing'), 'There is nothing at'],
    ]) {
      const begun = await api.images.import({ path, size: 32 });
      const { imports } = await until(workspace, ({ imports }) =>
        imports.some(({ id, state }) => id === begun.import && state === 'failed'),
      );
      expect(imports.at(-1)!.problem).toContain(sentence);
    }
    close();
  });

  it('that a browser sent is called by its name, and not kept longer than it is needed', async () => {
    const { workspace, home } = await openDesk();
    const { api, close } = connectTo(workspace);
    const place = join(home, 'uploads', 'a'.repeat(32));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'birds.zip'), 'not an archive');
    await api.images.import({ path: join(place, 'birds.zip'), size: 32 });
    const { imports } = await until(workspace, ({ imports }) => imports.some(({ state }) => state === 'failed'));
    expect(imports[0].problem).toMatch(/^birds\.zip is neither a folder nor a zip/);
    expect(existsSync(place)).toBe(false);
    // A folder is packed by the page into an archive that nobody has a name for.
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'birds.folder.tar'), 'not an archive');
    await api.images.import({ path: join(place, 'birds.folder.tar'), size: 32 });
    const later = await until(
      workspace,
      ({ imports }) => imports.filter(({ state }) => state === 'failed').length === 2,
    );
    expect(later.imports[1].name).toBe('birds');
    expect(later.imports[1].problem).toMatch(/^birds /);
    expect(later.imports[1].problem).not.toContain('.tar');
    // So is it where somebody is asked first: with no images at all, and with too few of a class.
    for (const files of [
      {},
      { ...(await imagesOf(['finch'], 4, 'birds/')), ...(await imagesOf(['kiwi'], 1, 'birds/')) },
    ]) {
      mkdirSync(place, { recursive: true });
      const path = join(place, 'birds.folder.tar');
      writeFileSync(path, await tar({ 'birds/notes.txt': Buffer.from('seen on Tuesday'), ...files }));
      const { reading } = await api.images.readImport({ path, answers: {} });
      const said = [...reading.notes, reading.problem ?? ''].join(' ');
      expect(said).toMatch(/^birds /);
      expect(said).not.toMatch(/\.tar|uploads/);
    }
    close();
  });

  it('is cancelled without a trace', async () => {
    const { workspace, home } = await openDesk();
    const { api, close } = connectTo(workspace);
    const begun = await api.images.makeDeadLeaves({ size: 64, train: 5000, heldOut: 1000 });
    await until(workspace, ({ imports }) => imports.some(({ done }) => done > 0));
    await api.images.cancelImport(begun);
    await until(workspace, ({ imports }) => imports.some(({ state }) => state === 'cancelled'));
    expect(readdirSync(join(home, 'data'))).toHaveLength(1);
    close();
  });
});

describe('a home folder that can not be opened', () => {
  it('is said to the window, which opens it once it can', async () => {
    const { workspace, home } = await openDesk();
    const second = new Workspace({ home });
    second.open();
    const { api, close } = connectTo(second);
    expect((await api.home.state()).closed).toMatch(/^Another Transplant \(process \d+, since .*\) works in /);
    await expect(api.images.list()).rejects.toMatchObject({ code: 'CLOSED' });
    await workspace.close();
    expect((await api.home.retry()).closed).toBeNull();
    expect(await api.images.list()).toHaveLength(1);
    await second.close();
    close();
  });

  it('because its store is from a newer version is left as it is', async () => {
    const home = newHome();
    const file = join(home, 'transplant.sqlite');
    const { workspace } = await openDesk({ home });
    await workspace.close();
    const database = new Database(file);
    database.pragma('user_version = 99');
    database.close();
    const before = readFileSync(file);
    const newer = new Workspace({ home });
    newer.open();
    expect(newer.closed).toContain('newer');
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(join(home, 'lock.json'))).toBe(false);
  });
});

describe('a home folder of an older version', () => {
  it('is brought up to date, and a notice says which file keeps it as it was', async () => {
    const home = newHome();
    const file = join(home, 'transplant.sqlite');
    const old = new Database(file);
    migrate(old, file, MIGRATIONS.slice(0, 1));
    old.close();
    const { workspace } = await openDesk({ home });
    const { notices } = workspace.activity();
    expect(notices).toMatchObject([
      { level: 'information', sentence: expect.stringContaining(`${file}.version-1.bak`) },
    ]);
    expect(notices[0].sentence).toContain('delete that file');
    expect(existsSync(`${file}.version-1.bak`)).toBe(true);
    await workspace.close();
    workspace.open();
    expect(workspace.activity().notices).toHaveLength(1);
  });
});
