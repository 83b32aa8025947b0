import { describe, expect, it } from 'vitest';
import { planRequest } from '../../src-main/app/planning/plan-request.ts';
import { storedRuns } from '../../src-main/app/stored/study.ts';
import type { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { protocolSchema } from '../../src-main/study/plan/protocol.ts';
import { connectTo, openTrainedDesk, tinyRequest } from '../api/in-memory.ts';

async function ended(workspace: Workspace): Promise<void> {
  for await (const { study, preparing } of workspace.watch()) if (study === null && preparing === null) return;
}

describe('a study that goes on', () => {
  it('is the larger study from then on: nothing is trained twice, and nothing stands beside it', async () => {
    const { workspace, set, study: small } = await openTrainedDesk();
    const { api, close } = connectTo(workspace);
    const { store } = workspace.application;
    const before = store.studyRuns(small).map(({ run, record }) => [run, record.finished]);
    const created = store.findStudy(small)!.created;
    const { goOn } = await api.studies.results({ study: small });
    expect(goOn).toMatchObject({ replicates: 2, seconds: expect.any(Number) });

    await api.studies.annotate({ study: small, change: { name: 'Renamed', notes: 'In fog.' } });
    const { study } = await api.studies.extend({ study: small, replicates: 1 });
    const live = workspace.activity().study!;
    expect(live.runs.filter(({ replicate }) => replicate === 0).map(({ state }) => state)).toEqual(
      Array(7).fill('finished'),
    );
    // What it trained itself before is not another study's.
    for await (const { study: now, preparing } of workspace.watch()) {
      expect(now?.runs.some(({ reused }) => reused) ?? false).toBe(false);
      if (now === null && preparing === null) break;
    }
    // As if two seeds had been asked for at once.
    expect(study).toBe(planRequest(workspace.application, requestOf({ ...tinyRequest(set), seeds: 2 })).id);
    const runs = store.studyRuns(study);
    expect(runs.map(({ record }) => record.status)).toEqual(Array(14).fill('finished'));
    expect(runs.slice(0, 7).map(({ run, record }) => [run, record.finished])).toEqual(before);
    expect(store.studies().map(({ id }) => id)).toEqual([study]);
    expect(store.findStudy(study)).toMatchObject({ created, status: 'finished', name: 'Renamed' });
    expect(store.annotation(study).notes).toBe('In fog.');

    const { study: other } = await api.studies.run({ ...tinyRequest(set), treatments: ['transfer'] });
    await ended(workspace);
    expect(storedRuns(store, store.findStudy(other)!).map(({ reused }) => reused)).toEqual(Array(3).fill(true));
    close();
  });

  it('until it is clear, notes each look, spends its level over them, and ends when its time is over', async () => {
    const { workspace, study: small } = await openTrainedDesk();
    const { api, close } = connectTo(workspace);
    const { store } = workspace.application;
    // Not even one more fits.
    await api.studies.untilClear({ study: small, seconds: 1e-6 });
    await ended(workspace);
    expect(store.studies().map(({ id }) => id)).toEqual([small]);
    const said = () => workspace.activity().notices.map(({ sentence }) => sentence);
    expect(said().at(-1)).toMatch(/^Without an answer after 1 replicate: .* One more would not end within the time\.$/);
    const each = (await api.studies.results({ study: small })).goOn!.seconds! / 2;
    await workspace.application.goOnUntilClear(small, 2.5 * Math.max(1, each), {
      signal: new AbortController().signal,
      onEvent: () => {},
      onImport: () => {},
      workers: 2,
    });
    const [larger] = store.studies();
    const { replicates, looks } = protocolSchema.parse(JSON.parse(larger.protocol));
    expect(replicates.length).toBeGreaterThan(1);
    expect(looks!.at).toEqual(replicates.map((_, place) => place + 1));
    expect(looks!.most).toBeGreaterThanOrEqual(replicates.length);
    // Random layers are in no statement on halves that were drawn; what is added leaves them out.
    const kinds = (replicate: number) =>
      new Set(
        store
          .studyRuns(larger.id)
          .filter((run) => run.replicate === replicate)
          .map(({ kind }) => kind),
      );
    expect(kinds(0)).toContain('random');
    expect(kinds(1)).not.toContain('random');
    expect(kinds(1)).toContain('transfer+');
    expect(store.studies()).toHaveLength(1);
    close();
  });

  it('ends where all that is open was given up, and says so', async () => {
    const { workspace, set } = await openTrainedDesk();
    const { api, close } = connectTo(workspace);
    const { study } = await api.studies.run({ ...tinyRequest(set), treatments: ['transfer'], layers: [1], seeds: 5 });
    await ended(workspace);
    const before = workspace.application.store.studyRuns(study).length;
    // Time for one more at most, which tells next to nothing of networks that differ so much.
    await api.studies.untilClear({ study, seconds: 1e-6 });
    await ended(workspace);
    expect(workspace.activity().notices.at(-1)!.sentence).toMatch(
      /^Without an answer after 5 replicates: .* More replicates would hardly settle that, so it was given up, and no more are trained\.$/,
    );
    expect(workspace.application.store.studyRuns(study)).toHaveLength(before);
    close();
  });
});
