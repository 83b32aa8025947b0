import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { requestOf } from '../../../src-main/api/handlers/studies.ts';
import { Workspace } from '../../../src-main/app/workspace/workspace.ts';
import { packStudy } from '../../../src-main/app/study-file/pack.ts';
import { connectTo, newHome, openDesk, tinyRequest } from '../../api/in-memory.ts';
import { writeColours } from '../../study/tiny-study.ts';
import { changed, readEntries, studyFile } from './zip-entries.ts';

let folder: string;
let origin: Workspace;
let study: string;
const files: Record<'none' | 'bases' | 'all', string> = { none: '', bases: '', all: '' };

/** Of three trainings: both bases and what is made from one of them. */
const smallRequest = (set: string) => ({ ...tinyRequest(set), treatments: ['transfer' as const] });

const idle = async (workspace: Workspace): Promise<void> => {
  for await (const activity of workspace.watch()) if (activity.study === null && activity.preparing === null) return;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-study-file-'));
  origin = new Workspace({ home: join(folder, 'origin') });
  origin.open();
  const { index } = await addColours(origin);
  study = await origin.runStudy(requestOf(smallRequest(index.id)), 2);
  await idle(origin);
  for (const checkpoints of ['none', 'bases', 'all'] as const) {
    files[checkpoints] = join(folder, `${checkpoints}.transplant`);
    await packStudy({ home: origin.home, study, file: files[checkpoints], checkpoints });
  }
});
afterAll(async () => {
  await origin.close();
  rmSync(folder, { recursive: true, force: true });
});

async function addColours({ application: { home, store } }: Workspace) {
  const { index, folder: at } = await writeColours(join(home, 'data'));
  store.addImageSet({
    ...{ id: index.id, name: index.name, size: 8, classes: 4, trainImages: 40, heldOutImages: 40, source: 'test' },
    folder: at.split(/[\\/]/).at(-1)!,
    created: '2026-01-01T00:00:00.000Z',
  });
  return { index };
}

/** A workspace on a home without images. */
function elsewhere() {
  const workspace = new Workspace({ home: newHome() });
  workspace.open();
  onTestFinished(async () => {
    await workspace.close();
    rmSync(workspace.home, { recursive: true, force: true });
  });
  return { workspace, api: connectTo(workspace).api };
}

/** All that a home holds. */
function holdings({ home }: Workspace) {
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^(lock|transplant)\.sqlite|^reports$/.test(name),
  );
  const store = new Database(join(home, 'transplant.sqlite'), { readonly: true });
  const tables = store.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const rows = tables.map((table) => [table, store.prepare(`SELECT * FROM ${table}`).all()]);
  store.close();
  return { files: files.sort(), rows };
}

const written = (name: string, bytes: Buffer): string => {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
};
const entries = () => readEntries(readFileSync(files.all));

/** The sentence that it is refused with, where nothing was changed by it. */
async function refusal(workspace: Workspace, file: string): Promise<string> {
  const before = holdings(workspace);
  const sentence = await workspace.restoreStudy(file).then(
    () => 'restored',
    (error: Error) => (error.name === 'UserError' ? error.message : `${error.stack}`),
  );
  expect({ ...holdings(workspace), sentence }).toEqual({ ...before, sentence });
  return sentence;
}

describe('a study in one file', () => {
  it.each(['none', 'bases', 'all'] as const)(
    'comes back elsewhere with the same results, curves and filters (%s of the checkpoints)',
    async (checkpoints) => {
      const { workspace, api } = elsewhere();
      const { api: there } = connectTo(origin);
      expect(await api.studies.unpack({ file: files[checkpoints] })).toEqual({ study, known: false });
      // Without its images it can't be gone on with here.
      expect(await api.studies.results({ study })).toEqual({ ...(await there.studies.results({ study })), goOn: null });
      const { runs } = await api.studies.details({ study });
      expect(runs).toEqual((await there.studies.details({ study })).runs);
      for (const { key } of runs) {
        const run = { run: key };
        expect(await plain(api.runs.curve(run))).toEqual(await plain(there.runs.curve(run)));
        const latest = { ...run, step: 'latest' as const, measured: true };
        expect(await plain(api.runs.filters(latest))).toEqual(await plain(there.runs.filters(latest)));
        const layers = ({ application }: Workspace) => application.store.layerQualities(key);
        expect(layers(workspace)).toEqual(layers(origin));
      }
      const weights = readdirSync(join(workspace.home, 'checkpoints')).length;
      expect(weights).toBe({ none: 0, bases: 2, all: 3 }[checkpoints]);
      if (checkpoints === 'none') expect(await report(workspace)).toEqual(await report(origin));
    },
  );

  it('keeps where it was trained, also when it is handed on', async () => {
    const first = elsewhere();
    const facts = JSON.stringify({ machine: { processor: 'An abacus' }, software: { transplant: '0.0.1' } });
    const other = await readEntries(readFileSync(files.none));
    const file = written(
      'abacus',
      await studyFile(changed(other, 'study.json', (it) => (it.origin = JSON.parse(facts)))),
    );
    await first.workspace.restoreStudy(file);
    const again = join(folder, 'again.transplant');
    await packStudy({ home: first.workspace.home, study, file: again, checkpoints: 'all' });
    const second = elsewhere();
    await second.workspace.restoreStudy(again);
    const { protocol } = await second.api.studies.results({ study });
    expect(JSON.stringify(protocol)).toContain('An abacus');
  });

  it('carries its name, notes and tags, which stay as they are where they are there already', async () => {
    const first = elsewhere();
    await first.workspace.restoreStudy(files.none);
    await first.api.studies.annotate({
      study,
      change: { name: 'Renamed', notes: 'In fog.', tags: ['birds'], archived: true },
    });
    const file = join(folder, 'annotated.transplant');
    await packStudy({ home: first.workspace.home, study, file, checkpoints: 'none' });
    const [version, plain] = await Promise.all(
      [file, files.none].map(
        async (one) => JSON.parse(`${(await readEntries(readFileSync(one))).get('manifest.json')}`).version,
      ),
    );
    // Older programs go on reading files of studies beside which nobody has written anything.
    expect([version, plain]).toEqual([5, 4]);
    const second = elsewhere();
    await second.workspace.restoreStudy(file);
    expect(await second.api.studies.list()).toMatchObject([
      { name: 'Renamed', notes: 'In fog.', tags: ['birds'], archived: false },
    ]);
    await second.api.studies.annotate({ study, change: { notes: 'In rain.' } });
    await second.workspace.restoreStudy(file);
    expect(await second.api.studies.list()).toMatchObject([{ notes: 'In rain.' }]);
  });

  it('is the same bytes each time it is packed, whole or not there', async () => {
    const again = join(folder, 'twice.transplant');
    await packStudy({ home: origin.home, study, file: again, checkpoints: 'all' });
    expect(readFileSync(again).equals(readFileSync(files.all))).toBe(true);
    const nowhere = packStudy({ home: origin.home, study, file: join(folder, 'no/such/x'), checkpoints: 'none' });
    await expect(nowhere).rejects.toThrow(/can't be written to .* choose another place/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('that is here already is said to be, and changes nothing', async () => {
    const { workspace } = elsewhere();
    await workspace.restoreStudy(files.bases);
    const before = holdings(workspace);
    expect((await workspace.restoreStudy(files.bases)).known).toBe(true);
    expect(holdings(workspace)).toEqual(before);
    // Of a second file, what the first had left out.
    expect((await workspace.restoreStudy(files.all)).known).toBe(false);
    expect(readdirSync(join(workspace.home, 'checkpoints'))).toHaveLength(3);
  });

  it('can not be gone on with before its images are here, and says so', async () => {
    const { workspace, api } = elsewhere();
    await workspace.restoreStudy(files.all);
    await expect(api.studies.resume({ study })).rejects.toThrow(
      /images of this study \("colours"\) are not here.*stored at 8 x 8 pixels/,
    );
    const { runs } = await api.studies.details({ study });
    await expect(api.layers.exciting({ run: runs[0].key, study, n: 1, unit: 0 })).rejects.toThrow(/are not here/);
  });

  it('is as if it had been made here once its images are', async () => {
    const { workspace, api } = elsewhere();
    await workspace.restoreStudy(files.bases);
    const { index } = await addColours(workspace);
    const plan = await api.studies.plan(smallRequest(index.id));
    expect(plan).toMatchObject({ study, known: true });
    expect(plan.runs.every(({ stored }) => stored)).toBe(true);
    const before = await api.studies.results({ study });
    await api.studies.resume({ study });
    await idle(workspace);
    const after = await api.studies.results({ study });
    expect(after.curves).toEqual(before.curves);
    const [{ key }] = (await api.studies.details({ study })).runs;
    expect((await api.layers.exciting({ run: key, study, n: 1, unit: 0 })).images.length).toBeGreaterThan(0);
    await api.studies.remove({ study });
    await api.bin.remove({ kind: 'study', id: study });
    expect(holdings(workspace).rows).toContainEqual(['knownImages', []]);
  });

  it('brings on what had been begun here', async () => {
    const { workspace, set } = await openDesk();
    const begun = await workspace.runStudy(requestOf(smallRequest(set)), 2);
    expect(begun).toBe(study);
    await workspace.pauseStudy(study);
    const { api } = connectTo(workspace);
    expect((await api.studies.list())[0].status).toBe('stopped');
    await api.studies.unpack({ file: files.all });
    const { api: there } = connectTo(origin);
    const [here, whole] = [await api.studies.results({ study }), await there.studies.results({ study })];
    expect(here.study.status).toBe('finished');
    expect(here.curves).toEqual(whole.curves);
  });

  it('that was stopped goes on elsewhere to the same results', async () => {
    const first = await openDesk();
    await first.workspace.runStudy(requestOf(smallRequest(first.set)), 1);
    for await (const { study: live } of first.workspace.watch())
      if (live?.runs.some(({ state }) => state === 'finished')) break;
    await first.workspace.pauseStudy(study);
    const file = join(folder, 'stopped.transplant');
    await packStudy({ home: first.home, study, file, checkpoints: 'all' });
    const { workspace, api } = elsewhere();
    await workspace.restoreStudy(file);
    expect((await api.studies.list())[0].status).toBe('stopped');
    await addColours(workspace);
    await api.studies.resume({ study });
    await idle(workspace);
    const { api: there } = connectTo(origin);
    expect((await api.studies.results({ study })).curves).toEqual((await there.studies.results({ study })).curves);
  });
});

describe('a file that is not what it says', () => {
  it('because a training has other results than the same one here is refused', async () => {
    const { workspace } = elsewhere();
    await workspace.restoreStudy(files.all);
    const all = await entries();
    const name = [...all.keys()].find((key) => key.startsWith('runs/'))!;
    const otherResult = (run: { correct: number; answers?: unknown }) => {
      run.correct = run.correct === 0 ? 1 : run.correct - 1;
      delete run.answers;
    };
    const other = await studyFile(changed(all, name, otherResult));
    expect(await refusal(workspace, written('other-results', other))).toMatch(/^base[AB] has other results here/);
  });

  it('because of what it says of images that are here is refused', async () => {
    const { workspace } = elsewhere();
    await addColours(workspace);
    const all = await entries();
    const other = changed(all, 'study.json', ({ images }) => {
      images.heldOutCounts[0] += 1;
      images.count += 1;
    });
    const sentence = await refusal(workspace, written('other-images', await studyFile(other)));
    expect(sentence).toMatch(/describes the images "colours" differently/);
  });

  it('leaves nothing behind where the process was killed while it was looked at', async () => {
    const { workspace } = elsewhere();
    const { home } = workspace;
    await workspace.close();
    const left = join(home, 'restoring', 'abc');
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'x.safetensors'), '');
    workspace.open();
    expect(readdirSync(home)).not.toContain('restoring');
  });
});

/** An answer with its blobs as their bytes. */
async function plain(answer: Promise<object>): Promise<unknown> {
  const entries = Object.entries(await answer).map(async ([name, value]: [string, unknown]) => [
    name,
    value instanceof Blob ? Buffer.from(await value.arrayBuffer()).toString('hex') : value,
  ]);
  return Object.fromEntries(await Promise.all(entries)) as unknown;
}

/** The report's numbers, as they are written. */
async function report(workspace: Workspace): Promise<string[]> {
  const written = await workspace.application.writeReport(study, join(workspace.home, 'reports', study));
  return written.filter((file) => /\.(json|csv|svg)$/.test(file)).map((file) => readFileSync(file, 'utf8'));
}
