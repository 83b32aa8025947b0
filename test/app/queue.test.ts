import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import type { TreatmentKind } from '../../src-main/common/treatments/treatments.ts';
import { connectTo, newHome, openDesk, tinyRequest } from '../api/in-memory.ts';

async function until(workspace: Workspace, wanted: (activity: Activity) => boolean): Promise<Activity> {
  for await (const activity of workspace.watch()) if (wanted(activity)) return activity;
  throw new Error('never');
}
const isOver = ({ study, preparing, queue }: Activity) =>
  study === null && preparing === null && (queue.held || queue.waiting.length === 0);
const waiting = (workspace: Workspace) => workspace.activity().queue.waiting.map(({ name }) => name);
const statuses = (workspace: Workspace) =>
  workspace.application.store.studies().map(({ name, status }) => `${name} ${status}`);

/** A study of three trainings. */
const small = (set: string, name: string, treatment: TreatmentKind = 'transfer') => ({
  ...{ ...tinyRequest(set), name },
  treatments: [treatment],
});
/** One that ends when it is stopped. */
const endless = (set: string) => ({ ...small(set, 'Endless'), epochs: 20_000, layers: [] });

describe('studies that are begun while another is under way', () => {
  it('wait, and begin by themselves in the order that a person gave them', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    await api.studies.run(endless(set));
    const queued = await api.studies.run(small(set, 'Second'));
    expect(queued).toEqual({ study: (await api.studies.plan(small(set, 'Second'))).study, queued: true });
    await api.studies.run(small(set, 'Third', 'selffer'));
    await api.studies.run(small(set, 'Fourth', 'random'));
    expect(waiting(workspace)).toEqual(['Second', 'Third', 'Fourth']);
    // The same once more, or the one under way, is a mistake.
    await expect(api.studies.run(small(set, 'Second'))).rejects.toMatchObject({
      data: { sentence: '"Second" waits in the queue already: Live shows it.' },
    });
    await expect(api.studies.run(endless(set))).rejects.toMatchObject({
      data: { sentence: '"Endless" is under way already.' },
    });
    const [, third, fourth] = workspace.activity().queue.waiting;
    await api.queue.move({ id: fourth.id, place: 0 });
    await api.queue.remove({ id: third.id });
    expect(waiting(workspace)).toEqual(['Fourth', 'Second']);
    await expect(api.images.remove({ set })).rejects.toMatchObject({ code: 'REFUSED' });
    // What is cancelled gives its turn to the next; a pause would free the machine.
    await api.studies.cancel({ study: workspace.activity().study!.study });
    await until(workspace, isOver);
    expect(statuses(workspace)).toEqual(['Endless stopped', 'Fourth finished', 'Second finished']);
    close();
  });

  it('are there after a restart, and begin when a person says so or has begun another', async () => {
    const home = newHome();
    const first = await openDesk({ home, until: () => {} });
    await first.workspace.runStudy(requestOf(endless(first.set)), 1);
    await first.workspace.runStudy(requestOf(small(first.set, 'Second')), 2);
    await first.workspace.close();
    const workspace = new Workspace({ home });
    workspace.open();
    expect(workspace.activity().queue).toMatchObject({ held: true, waiting: [{ name: 'Second', what: 'run' }] });
    expect(workspace.activity().notices.at(-1)?.sentence).toMatch(/^1 study waits in the queue since/);
    expect(workspace.busy.trainings).toBe(false);
    const { api, close } = connectTo(workspace);
    await api.queue.goOn();
    await until(workspace, isOver);
    expect(statuses(workspace)).toEqual(['Endless stopped', 'Second finished']);
    expect(workspace.application.store.setting('queue')).toBe('[]');
    // One that is about to begin when Transplant is closed still waits afterwards.
    await workspace.runStudy(requestOf({ ...endless(first.set), name: 'Long', epochs: 20_001 }), 1);
    const long = workspace.activity().study!.study;
    await workspace.runStudy(requestOf(small(first.set, 'Third', 'random')), 2);
    await api.studies.pause({ study: long });
    workspace.queue.goOn();
    expect(workspace.activity()).toMatchObject({ preparing: { name: 'Third' }, queue: { waiting: [] } });
    await workspace.close();
    workspace.open();
    expect(workspace.activity().queue).toMatchObject({ held: true, waiting: [{ name: 'Third' }] });
    close();
    await workspace.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('are held by a pause, until the study is resumed and has ended', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    const { study } = await api.studies.run(small(set, 'First'));
    await api.studies.run(small(set, 'Second', 'random'));
    await api.studies.pause({ study });
    expect(workspace.activity().queue).toMatchObject({ held: true, waiting: [{ name: 'Second' }] });
    expect(workspace.busy.trainings).toBe(false);
    expect(await api.studies.resume({ study })).toEqual({ queued: false });
    await until(workspace, isOver);
    expect(statuses(workspace).map((one) => one.split(' ').at(-1))).toEqual(['finished', 'finished']);
    close();
  });

  it('that can not begin when their turn comes say why, and leave it to the next', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    const { study: done } = await api.studies.run(small(set, 'First'));
    await until(workspace, isOver);
    const { study } = await api.studies.run(endless(set));
    expect(await api.studies.extend({ study: done, replicates: 1 })).toEqual({ study: done, queued: true });
    await api.studies.run(small(set, 'Third', 'random'));
    workspace.application.store.removeStudy(done);
    await api.studies.cancel({ study });
    await until(workspace, isOver);
    expect(statuses(workspace)).toEqual(['Endless stopped', 'Third finished']);
    expect(workspace.activity().notices.map(({ sentence }) => sentence)).toContainEqual(
      expect.stringMatching(/^"First" could not begin when its turn came: There is no study/),
    );
    // One that is deleted waits no longer.
    await api.studies.run(endless(set));
    const third = workspace.application.store.findStudy('Third')!.id;
    await api.studies.extend({ study: third, replicates: 1 });
    await api.studies.remove({ study: third });
    expect(waiting(workspace)).toEqual([]);
    await workspace.stop();
    close();
  });
});
