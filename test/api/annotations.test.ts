import { expect, it } from 'vitest';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { madeUpHome } from '../e2e/made-up-home.ts';
import { connectTo } from './in-memory.ts';

it('what is written beside a study changes no number and no id, and is there after a restart', async () => {
  const { home, ids } = await madeUpHome([{ name: 'First', replicates: 1, layers: [1], trainingSeed: 1 }]);
  const [study] = ids;
  const first = new Workspace({ home });
  first.open();
  const { api, close } = connectTo(first);
  const before = await api.studies.results({ study });
  const stored = first.activity().stored;
  await api.studies.annotate({ study, change: { name: 'Renamed', notes: 'In fog.', tags: ['birds', 'first try'] } });
  expect(first.activity().stored).toBeGreaterThan(stored);
  const after = await api.studies.results({ study });
  expect(after).toEqual({ ...before, study: { ...before.study, ...after.study } });
  await api.studies.annotate({ study, change: { archived: true } });
  await expect(api.studies.annotate({ study: '0123456789ab', change: { archived: true } })).rejects.toMatchObject({
    code: 'REFUSED',
  });
  await expect(api.studies.annotate({ study, change: { tags: ['a,b'] } })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  });
  await first.close();
  close();
  const second = new Workspace({ home });
  second.open();
  const again = connectTo(second);
  expect(await again.api.studies.list()).toMatchObject([
    { id: study, name: 'Renamed', notes: 'In fog.', tags: ['birds', 'first try'], archived: true },
  ]);
  again.close();
  await second.close();
});
