import { describe, expect, it } from 'vitest';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import { endings } from '../../src-main/common/endings.ts';

type State = Activity['imports'][number]['state'];

/** A snapshot with imports in these states, by id. */
const snapshot = (states: Readonly<Record<string, State>>) =>
  ({
    study: null,
    notices: [],
    imports: Object.entries(states).map(([id, state]) => ({ id, name: `set ${id}`, state, done: 6, problem: null })),
  }) as unknown as Activity;
const told = (before: Readonly<Record<string, State>>, after: Readonly<Record<string, State>>) =>
  endings(snapshot(before), snapshot(after)).map(({ title, sentence }) => `${title}: ${sentence}`);

describe('imports that have ended between two snapshots', () => {
  it('are told, those too that began between them', () => {
    expect(told({ a: 'running' }, { a: 'done', b: 'done', c: 'running' })).toEqual([
      'set a: 6 images were imported.',
      'set b: 6 images were imported.',
    ]);
    expect(told({}, { a: 'failed' })).toEqual(['set a: The import failed.']);
  });

  it('are told once, and not where somebody asked for their end', () => {
    expect(told({ a: 'done', b: 'stopping', c: 'running' }, { a: 'done', b: 'done', c: 'cancelled' })).toEqual([]);
  });
});
