import { expect, test } from 'vitest';
import { Changes, Notices } from '../../src-main/app/workspace/changes.ts';
import { StudyWork } from '../../src-main/app/workspace/study-work.ts';

test('a process that was halted is one message, however many networks it trains', async () => {
  const changes = new Changes();
  const notices = new Notices(changes);
  const work = new StudyWork(
    changes,
    notices,
    () => {},
    () => {},
  );
  await work.begin({} as never, 'birds', 1, ({ onEvent }) => {
    const halted = (name: string, pid: number) => onEvent!({ type: 'run-halted', run: name, name, pid });
    for (const n of [1, 2, 3, 4, 5, 6, 7]) halted(`B${n}B`, 1953);
    halted('baseA', 1954);
    return Promise.resolve({ study: { id: 'birds' }, failed: 0, stopped: false } as never);
  });
  expect(notices.list.map(({ sentence }) => sentence)).toEqual([
    'The process 1953 of B1B was halted by a signal. It goes on after "kill -CONT 1953".',
    'The process 1954 of baseA was halted by a signal. It goes on after "kill -CONT 1954".',
  ]);
});
