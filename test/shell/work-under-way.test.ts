import { describe, expect, it } from 'vitest';
import type { Activity, ImportState, StudyActivity } from '../../src-main/common/contract/activity.ts';
import { endings } from '../../src-main/common/endings.ts';
import { CrashLimit, fractionUnderWay, quitAnswer, quitQuestion } from '../../src-main/shell/work-under-way.ts';

const IDLE: Activity = {
  stored: 0,
  imports: [],
  preparing: null,
  study: null,
  moved: false,
  queue: { held: false, waiting: [] },
  notices: [],
};
const STUDY: StudyActivity = {
  study: '0123456789ab',
  name: 'birds',
  phase: 'training',
  fraction: 0.25,
  secondsLeft: null,
  imagesPerSecond: 0,
  workers: 2,
  runs: [],
};
const IMPORT: ImportState = {
  id: 1,
  name: 'birds',
  path: '/birds.zip',
  state: 'running',
  done: 1200,
  total: 4800,
  rejected: 0,
  imagesPerSecond: null,
  secondsLeft: null,
  set: null,
  known: false,
  duplicates: 0,
  warnings: [],
  problem: null,
};

describe('the task bar shows', () => {
  it('nothing when nothing is under way, or an import has ended', () => {
    expect(fractionUnderWay(IDLE)).toBeUndefined();
    expect(fractionUnderWay({ ...IDLE, imports: [{ ...IMPORT, state: 'done' }] })).toBeUndefined();
  });

  it('how far the study is, whatever is imported beside it', () => {
    expect(fractionUnderWay({ ...IDLE, study: STUDY, imports: [IMPORT] })).toBe(0.25);
  });

  it('how far all imports together are', () => {
    const second = { ...IMPORT, id: 2, done: 1200, total: 1200 };
    expect(fractionUnderWay({ ...IDLE, imports: [IMPORT, second] })).toBe(0.4);
  });

  it('that something is under way while nobody knows how much there is', () => {
    expect(fractionUnderWay({ ...IDLE, imports: [{ ...IMPORT, total: null }] })).toBe('unknown');
    expect(fractionUnderWay({ ...IDLE, preparing: { name: 'dead-leaves', done: 0, total: null } })).toBe('unknown');
  });
});

describe('a message says', () => {
  const notice = { id: 7, level: 'information', sentence: 'It is finished.', at: '', study: STUDY.study } as const;

  it('that a study has ended, in the words of its notice', () => {
    // The notice may be there before the study is gone.
    for (const notices of [[], [notice]])
      expect(endings({ ...IDLE, study: STUDY, notices }, { ...IDLE, notices: [notice] })).toEqual([
        { title: 'birds', sentence: 'It is finished.' },
      ]);
  });

  it('that an import has ended, well or not', () => {
    const before = { ...IDLE, imports: [IMPORT, { ...IMPORT, id: 2 }] };
    const failed = { ...IMPORT, id: 2, state: 'failed', problem: 'The disk is full: make room.' } as const;
    expect(endings(before, { ...IDLE, imports: [{ ...IMPORT, state: 'done' }, failed] })).toEqual([
      { title: 'birds', sentence: '1,200 images were imported.' },
      { title: 'birds', sentence: 'The disk is full: make room.' },
    ]);
  });

  it('nothing of what somebody stopped, or what ended before', () => {
    const pausing = { ...IDLE, study: { ...STUDY, phase: 'pausing' } } as const;
    expect(endings(pausing, IDLE)).toEqual([]);
    const cancelled: ImportState = { ...IMPORT, state: 'cancelled' };
    expect(endings({ ...IDLE, imports: [IMPORT] }, { ...IDLE, imports: [cancelled] })).toEqual([]);
    expect(endings({ ...IDLE, notices: [notice] }, { ...IDLE, notices: [notice] })).toEqual([]);
  });
});

describe('the question before work is left', () => {
  it('is not asked when there is none', () => {
    expect(quitQuestion({ trainings: false, imports: false })).toBeUndefined();
  });

  it('does not promise that an import goes on later', () => {
    const { message, detail, buttons } = quitQuestion({ trainings: false, imports: true })!;
    expect(message).toBe('An import is still under way.');
    expect(detail).toContain('has to be started again');
    expect(buttons).toEqual(['Continue in the background', 'Stop the import', 'Cancel']);
  });

  it('is answered with cancel by Escape, and by whatever is no button', () => {
    const { cancelId, buttons } = quitQuestion({ trainings: true, imports: true })!;
    expect(buttons!.map((_, button) => quitAnswer(button))).toEqual(['background', 'stop', 'cancel']);
    expect(quitAnswer(cancelId!)).toBe('cancel');
    expect(quitAnswer(-1)).toBe('cancel');
  });
});

describe('a page that crashes', () => {
  it('is loaded again three times a minute, and not a fourth time', () => {
    const limit = new CrashLimit();
    expect([0, 1, 2, 3, 59_999].map((time) => limit.allows(time))).toEqual([true, true, true, false, false]);
  });

  it('is loaded again for ever when it crashes now and then', () => {
    const limit = new CrashLimit();
    for (let time = 0; time < 1e6; time += 21_000) expect(limit.allows(time)).toBe(true);
  });
});
