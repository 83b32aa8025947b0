import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { deletedThings, deleteImages, deleteStudy } from '../../src-main/app/bin.ts';
import { openApplication } from '../../src-main/app/open.ts';
import { KEPT_DAYS } from '../../src-main/common/contract/bin.ts';
import type { Store } from '../../src-main/store/records.ts';
import { madeUpHome } from '../e2e/made-up-home.ts';

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

/** A home with two studies of one image set, opened as often as a test wants. */
async function twoStudies() {
  const { home, ids } = await madeUpHome([
    { name: 'First', replicates: 1, layers: [1], trainingSeed: 1 },
    {
      ...{ name: 'Second', replicates: 1, layers: [1, 2], trainingSeed: 1, status: 'stopped' },
      // What both studies have is trained already.
      end: ({ name }) => (name.includes('2') ? 'finished' : 'planned'),
    },
  ]);
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const opened = async <T>(
    use: (application: ReturnType<typeof openApplication>) => T,
    told?: string[],
  ): Promise<T> => {
    const application = openApplication({ home, onEmptied: (sentence) => told?.push(sentence) });
    try {
      return use(application);
    } finally {
      application.close();
    }
  };
  return { home, ids, opened };
}

const finished = (store: Store, study: string) =>
  store.studyRuns(study).filter(({ record }) => record.status === 'finished').length;

it('what was deleted is kept for its days, then goes for good at a start, and that is told', async () => {
  const { home, ids, opened } = await twoStudies();
  const [first, second] = ids;
  const set = await opened(({ store }) => store.imageSets()[0]);
  await opened((application) => {
    for (const id of ids) deleteStudy(application, id);
    deleteImages(application, set);
  });
  const told: string[] = [];
  await opened((application) => {
    expect(
      deletedThings(application)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['First', 'Second', 'shapes']);
    application.store.putInBin({ kind: 'study', id: first, deleted: daysAgo(KEPT_DAYS + 1) });
    application.store.putInBin({ kind: 'images', id: set.id, deleted: daysAgo(KEPT_DAYS + 1) });
    application.store.putInBin({ kind: 'study', id: second, deleted: daysAgo(KEPT_DAYS - 1) });
  }, told);
  expect(told).toEqual([]);
  await opened(({ home, store }) => {
    // The images of a study that can be brought back stay, however old.
    expect(deletedThings({ home, store }).map(({ name }) => name)).toEqual(['Second', 'shapes']);
    // What both studies had is the second one's still.
    expect(finished(store, second)).toBeGreaterThan(0);
    store.putInBin({ kind: 'study', id: second, deleted: daysAgo(KEPT_DAYS + 1) });
  }, told);
  await opened(({ store }) => {
    expect([store.bin(), store.deletedStudies(), store.deletedImageSets()]).toEqual([[], [], []]);
    expect(store.findRun('')).toBeUndefined();
    expect(store.unusedRuns()).toEqual([]);
  }, told);
  expect(told).toHaveLength(2);
  expect(told[1]).toMatch(
    /^2 things that were deleted more than 30 days ago have gone for good: .* of disk are free again\.$/,
  );
  expect(readdirSync(join(home, 'data'))).toEqual([]);
});

it('a process that dies while something goes for good loses nothing else, and the next one ends it', async () => {
  const { home, ids, opened } = await twoStudies();
  const [first, second] = ids;
  const set = await opened(({ store }) => store.imageSets()[0]);
  const kept = await opened(({ store }) => finished(store, second));
  await opened((application) => {
    // After the study's rows were removed, before those of its trainings.
    application.store.removeStudy(first);
    expect(application.store.unusedRuns().length).toBe(0);
    deleteStudy(application, second);
    deleteImages(application, set);
  });
  await opened(({ store }) => {
    expect(finished(store, second)).toBe(kept);
    store.removeStudy(second);
    expect(store.unusedRuns().length).toBeGreaterThan(0);
    // While the files of the images were being removed.
    store.putInBin({ kind: 'images', id: set.id, deleted: '' });
    rmSync(join(home, 'data', set.folder, 'index.json'));
  });
  await opened(({ store }) => {
    expect(store.unusedRuns()).toEqual([]);
    expect(store.bin()).toEqual([]);
  });
  expect(existsSync(join(home, 'data', set.folder))).toBe(false);
});

it('the same study or the same images that come again bring themselves back', async () => {
  const { ids, opened } = await twoStudies();
  await opened((application) => {
    const { store } = application;
    const set = store.imageSets()[0];
    const record = store.findStudy(ids[0])!;
    deleteStudy(application, ids[0]);
    expect(store.findStudy('First')).toBeUndefined();
    store.addStudy(record, []);
    expect(store.findStudy('First')?.id).toBe(ids[0]);
    for (const id of ids) deleteStudy(application, id);
    deleteImages(application, set);
    expect(store.findImageSet('shapes')).toBeUndefined();
    store.addImageSet(set);
    expect(store.findImageSet('shapes')?.id).toBe(set.id);
  });
});
