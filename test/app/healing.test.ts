import Database from 'better-sqlite3';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import type { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { connectTo, openDesk, openTrainedDesk, tinyRequest } from '../api/in-memory.ts';
import { tinyNetwork } from '../study/tiny-study.ts';

async function until(workspace: Workspace, wanted: (activity: Activity) => boolean): Promise<void> {
  for await (const activity of workspace.watch()) if (wanted(activity)) return;
}
const idle = ({ study, preparing }: Activity) => study === null && preparing === null;

/** Flips one bit in the middle of a file. */
function damage(file: string): Buffer {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 4;
  writeFileSync(file, bytes);
  return bytes;
}

async function trained() {
  const desk = await openTrainedDesk();
  const { workspace, home, study } = desk;
  const { store } = workspace.application;
  const key = (name: string, of = study) => store.studyRuns(of).find((place) => place.name === name)!.run;
  const checkpoint = (name: string) => store.latestCheckpoint(key(name))!;
  const file = (name: string) => join(home, checkpoint(name).file);
  return { ...desk, store, key, checkpoint, file };
}

describe('a base whose weights are damaged', () => {
  it('is trained again to the same bytes when something is to be made from it, and the old file is kept and told', async () => {
    const { workspace, set, store, key, checkpoint, file } = await trained();
    const before = checkpoint('baseA');
    const damaged = damage(file('baseA'));
    const more = await workspace.runStudy(requestOf({ ...tinyRequest(set), layers: [1, 2] }), 2);
    await until(workspace, idle);
    expect(store.findStudy(more)!.status).toBe('finished');
    expect(store.findRun(key('A2B', more))!.status).toBe('finished');
    expect(checkpoint('baseA')).toEqual(before);
    const kept = `${file('baseA')}.damaged`;
    expect(readFileSync(kept).equals(damaged)).toBe(true);
    expect(workspace.activity().notices).toContainEqual(
      expect.objectContaining({ level: 'warning', sentence: expect.stringContaining(`They are kept in ${kept}.`) }),
    );
    // It stays when the home is opened the next time, and a second one has a name of its own.
    await workspace.close();
    workspace.open();
    expect(existsSync(kept)).toBe(true);
  }, 60_000);

  it('costs a training that was stopped its steps, and not its life', async () => {
    const { workspace, set, home } = await openDesk();
    const { api, close } = connectTo(workspace);
    const training = { ...tinyNetwork.training, epochs: 200 };
    const network = { file: 'tiny.json', text: JSON.stringify({ ...tinyNetwork, training }) };
    const { study } = await api.studies.run({ ...tinyRequest(set), network });
    await until(workspace, ({ study }) => study?.runs.some(({ curveAt }) => curveAt > 3) ?? false);
    await api.studies.pause({ study });
    const { store } = workspace.application;
    const stopped = store.studyRuns(study).filter(({ record }) => record.status === 'stopped');
    const files = stopped.flatMap(({ run }) => store.latestCheckpoint(run)?.file ?? []);
    expect(files.length).toBeGreaterThan(0);
    for (const each of files) damage(join(home, each));
    await api.studies.resume({ study });
    await until(workspace, idle);
    expect(store.studyRuns(study).map(({ record }) => record.error ?? record.status)).toEqual(
      Array(7).fill('finished'),
    );
    close();
  }, 60_000);
});

describe('the check of every stored file', () => {
  it('finds what is damaged or gone, whose it is, and sets it aside; resumed, it is as it was', async () => {
    const { workspace, home, set, store, study, key, checkpoint, file } = await trained();
    const { api, close } = connectTo(workspace);
    const whole = await api.engine.checkFiles();
    expect(whole.findings.map(({ name, status }) => [name.split(' ')[0], status])).toEqual([
      ['weights', 'ok'],
      ['curves', 'ok'],
      ['images', 'ok'],
    ]);
    const before = ['A1B', 'A1B+', 'B1B', 'R1B'].map(checkpoint);
    const curve = store.curve(key('B1B+'));
    damage(file('A1B'));
    rmSync(file('B1B'));
    const other = new Database(join(home, 'transplant.sqlite'));
    // A row that is not what was written vouches for no file, whatever the file is.
    other.prepare('UPDATE checkpoints SET bytes = bytes + 1 WHERE run = ?').run(key('A1B+'));
    other.prepare('UPDATE curvePoints SET loss = loss + 1 WHERE run = ? AND step = 3').run(key('B1B+'));
    other.close();
    const { findings, damaged } = await api.engine.checkFiles();
    const [weights, curves] = findings;
    expect(weights.text).toMatch(/3 damaged or gone: ((A1B|A1B\+|B1B) of ".+?"(, |\. )){3}.*--repair/);
    expect(curves.text).toContain('What was recorded of 1 training is damaged: B1B+ of');
    expect(new Set(damaged)).toEqual(new Set(['A1B', 'A1B+', 'B1B', 'B1B+'].map((name) => key(name))));
    const { studies } = await api.engine.repair({ damaged });
    expect(studies).toEqual([store.findStudy(study)!.name]);
    expect(store.findStudy(study)!.status).toBe('stopped');
    expect(readdirSync(dirname(file('R1B')))).toHaveLength(1);
    await api.studies.resume({ study });
    await until(workspace, idle);
    expect(store.findStudy(study)!.status).toBe('finished');
    expect(['A1B', 'A1B+', 'B1B', 'R1B'].map(checkpoint)).toEqual(before);
    expect(store.curve(key('B1B+'))).toEqual(curve);
    expect((await api.engine.checkFiles()).damaged).toEqual([]);
    // Images can't be made again: the finding says what to do.
    const [folder] = readdirSync(join(home, 'data'));
    const shard = readdirSync(join(home, 'data', folder)).find((name) => name.startsWith('shard'))!;
    damage(join(home, 'data', folder, shard));
    const images = (await api.engine.checkFiles()).findings.find(({ name }) => name.startsWith('images'))!;
    expect(images).toMatchObject({ status: 'problem', text: expect.stringContaining(shard) });
    expect(images.name).toContain(set.slice(0, 4));
    close();
  }, 60_000);
});
