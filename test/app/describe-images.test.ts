import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { planRequest } from '../../src-main/app/planning/plan-request.ts';
import { runsToStore } from '../../src-main/study/plan/plan.ts';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import type { SplitSpec } from '../../src-main/common/protocol-parts.ts';
import { connectTo, openDesk, tinyRequest } from '../api/in-memory.ts';
import { imagesOf, writeFolder } from '../data/import-fixtures.ts';

const groupsOf = (classes: readonly { name: string; group: string | null }[]) =>
  classes.map(({ name, group }) => `${name} ${group ?? '-'}`);

/** Stores a study as if it had been begun and stopped at once. */
function addStudy({ application }: Workspace, set: string, split: SplitSpec): string {
  const { id, protocol, plan } = planRequest(application, requestOf({ ...tinyRequest(set), name: 'Study', split }));
  application.store.addStudy(
    {
      id,
      name: 'Study',
      protocol: JSON.stringify(protocol),
      status: 'stopped',
      created: '',
      finished: null,
      seconds: 0,
    },
    runsToStore(plan.runs),
  );
  return id;
}

describe('classes that are described anew', () => {
  it('have their groups at once, under the same id, and are split by them', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    // Opened before, as by a look at its images.
    expect(groupsOf((await api.images.details({ set })).byClass)).toEqual(['blue -', 'green -', 'red -', 'yellow -']);
    const group = (name: string, of: string) => ({ class: name, name, group: of });
    const cold = [group('blue', 'cold'), group('green', 'cold'), group('red', 'warm'), group('yellow', 'warm')];
    expect(await api.images.describe({ set, classes: cold })).toEqual({ set });
    expect(groupsOf((await api.images.details({ set })).byClass)).toEqual([
      'blue cold',
      'green cold',
      'red warm',
      'yellow warm',
    ]);
    const split = { kind: 'groups' as const, a: ['cold'], b: ['warm'] };
    expect(await api.studies.split({ set, split, seed: 1 })).toEqual({ a: ['blue', 'green'], b: ['red', 'yellow'] });
    // A study that is divided by them keeps its halves; what changes none of them may change.
    addStudy(workspace, set, split);
    await expect(api.images.describe({ set, classes: [group('green', 'warm')] })).rejects.toMatchObject({
      data: { sentence: expect.stringMatching(/^Study "Study" divides these classes .* Nothing was changed/) },
    });
    expect(groupsOf((await api.images.details({ set })).byClass)[1]).toBe('green cold');
    close();
  });

  it('with other names are a new set, which stands in the place of the old one unless a study uses that', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    const before = await api.images.details({ set });
    const pixels = async (id: string, image: number) =>
      new Uint8Array(await (await api.images.pictures({ set: id, images: [image], size: 8 })).pixels.arrayBuffer());
    const { set: renamed } = await api.images.describe({
      set,
      classes: [{ class: 'blue', name: 'azure', group: 'cold' }],
    });
    const after = await api.images.details({ set: renamed });
    expect(after).toMatchObject({ name: before.name, trainImages: 40, heldOutImages: 40 });
    expect(groupsOf(after.byClass)).toEqual(['azure cold', 'green -', 'red -', 'yellow -']);
    expect(await pixels(renamed, 5)).toEqual(await pixels(renamed, 5));
    expect((await api.images.list()).map(({ id }) => id)).toEqual([renamed]);
    expect(await api.bin.list()).toMatchObject([{ kind: 'images', id: set }]);

    addStudy(workspace, renamed, { kind: 'random' });
    const merged = [
      { class: 'green', name: 'leaf', group: '' },
      { class: 'yellow', name: 'leaf', group: 'autumn' },
    ];
    const { set: beside } = await api.images.describe({ set: renamed, classes: merged });
    const both = await api.images.list();
    expect(both.map(({ id, name, classes }) => [id, name, classes])).toEqual([
      [beside, `${before.name}, renamed classes`, 3],
      [renamed, before.name, 4],
    ]);
    expect((await api.images.details({ set: beside })).byClass).toMatchObject([
      { name: 'azure', train: 10 },
      { name: 'leaf', group: 'autumn', train: 20, heldOut: 20 },
      { name: 'red', train: 10 },
    ]);
    const all = before.byClass.map(({ name }) => ({ class: name === 'blue' ? 'azure' : name, name: 'one', group: '' }));
    await expect(api.images.describe({ set: renamed, classes: all })).rejects.toMatchObject({
      data: { sentence: 'A set needs at least two classes: give them different names.' },
    });
    close();
  });
});

it('groups that come with a second import of the same images are shown at once', async () => {
  const { workspace } = await openDesk();
  const { api, close } = connectTo(workspace);
  const folder = mkdtempSync(join(tmpdir(), 'transplant-groups-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await writeFolder(folder, await imagesOf(['daisy', 'finch'], 4));
  const imported = async (): Promise<string> => {
    const begun = await api.images.import({ path: folder, size: 8 });
    for await (const { imports } of workspace.watch()) {
      const one = imports.find(({ id }) => id === begun.import);
      if (one?.state === 'done') return one.set!;
      if (one?.state === 'failed') throw new Error(one.problem!);
    }
    throw new Error('never');
  };
  const set = await imported();
  expect(groupsOf((await api.images.details({ set })).byClass)).toEqual(['daisy -', 'finch -']);
  writeFileSync(join(folder, 'groups.json'), '{"daisy":"plants","finch":"animals"}');
  expect(await imported()).toBe(set);
  expect(groupsOf((await api.images.details({ set })).byClass)).toEqual(['daisy plants', 'finch animals']);
  close();
});
