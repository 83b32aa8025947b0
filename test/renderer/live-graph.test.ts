import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunSummary } from '../../src-main/common/contract/activity.ts';
import { treatmentName, TREATMENT_KINDS } from '../../src-main/common/treatments/treatments.ts';
import { graphOf, isFrozen, nodeBeside, nodeOf, runToFollow } from '../../src-renderer/views/live/graph.ts';
import { liveText } from '../../src-renderer/text/live.ts';
import { failed, stored, tally } from '../../src-renderer/views/live/overview.ts';

const IDLE = {
  source: null,
  state: 'planned',
  reused: false,
  step: 0,
  steps: 100,
  loss: null,
  accuracy: null,
  imagesPerSecond: null,
  secondsLeft: null,
  seconds: 0,
  problem: null,
  filtersAt: null,
  curveAt: 0,
} as const;

function run(kind: RunSummary['kind'], n: number, rest: Partial<RunSummary> = {}): RunSummary {
  const target = rest.target ?? 'B';
  const name = treatmentName({ kind, n, target });
  return { ...IDLE, key: `${rest.replicate ?? 0} ${name}`, name, kind, n, replicate: 0, target, ...rest };
}

const bases = [run('base', 0, { target: 'A' }), run('base', 0)];
const treated = (n: number) => TREATMENT_KINDS.map((kind) => run(kind, n));
const paper = [...bases, ...treated(1), ...treated(4), ...treated(7)];

test('treatments stand in rows beside the base that their layers come from', () => {
  const [replicate, ...others] = graphOf(paper);
  expect(others).toEqual([]);
  expect(replicate.layers).toEqual([1, 4, 7]);
  expect(
    replicate.groups.map(({ source, base, rows }) => [source, base?.name, rows.map(({ curve }) => curve)]),
  ).toEqual([
    ['B', 'baseB', ['BnB', 'BnB+']],
    ['A', 'baseA', ['AnB', 'AnB+']],
    ['random', undefined, ['RnB']],
  ]);
  expect(replicate.groups[1].rows[1].cells.map((cell) => cell?.name)).toEqual(['A1B+', 'A4B+', 'A7B+']);
});

test('in both directions, what comes from one base stays together', () => {
  const both = [...paper, ...TREATMENT_KINDS.map((kind) => run(kind, 4, { target: 'A' }))];
  const [{ groups }] = graphOf(both);
  expect(groups.map(({ rows }) => rows.map(({ curve }) => curve))).toEqual([
    ['BnB', 'BnB+', 'BnA', 'BnA+'],
    ['AnA', 'AnA+', 'AnB', 'AnB+'],
    ['RnB', 'RnA'],
  ]);
  // Only layer 4 was asked for in this direction: the other places are empty.
  expect(groups[0].rows[2].cells.map((cell) => cell?.name)).toEqual([undefined, 'B4A', undefined]);
});

test('arrow keys walk the plan: along a row, to its base, and on into the next replicate', () => {
  const second = paper.map((member) => ({ ...member, replicate: 1 }));
  const graph = graphOf([...paper, ...second]);
  expect(nodeBeside(graph, '0 B1B', 'right')).toBe('0 B4B');
  expect(nodeBeside(graph, '0 B1B', 'left')).toBe('0 baseB');
  expect(nodeBeside(graph, '0 B7B', 'right')).toBe('0 B7B');
  expect(nodeBeside(graph, '0 baseB', 'down')).toBe('0 baseA');
  expect(nodeBeside(graph, '0 R4B', 'down')).toBe('1 B4B');
  expect(nodeBeside(graph, '0 baseB', 'up')).toBe('0 baseB');
});

test('every network of any plan is a node, and can be reached from any other by arrow keys', () => {
  const member = fc.record({
    kind: fc.constantFrom<RunSummary['kind']>('base', ...TREATMENT_KINDS),
    n: fc.integer({ min: 1, max: 7 }),
    target: fc.constantFrom<RunSummary['target']>('A', 'B'),
    replicate: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 30 }), (members) => {
      const base = (replicate: number) => (['A', 'B'] as const).map((target) => run('base', 0, { target, replicate }));
      const plan = [
        ...[0, 1, 2].flatMap(base),
        ...members.filter(({ kind }) => kind !== 'base').map(({ kind, n, ...rest }) => run(kind, n, rest)),
      ];
      const graph = graphOf(plan);
      const nodes = new Set(plan.map(nodeOf));
      const reached = new Set(['0 baseB']);
      for (const node of reached)
        for (const direction of ['left', 'right', 'up', 'down'] as const)
          reached.add(nodeBeside(graph, node, direction));
      expect(reached).toEqual(nodes);
    }),
  );
});

test('the screen follows a base in training, then whatever trains, and shows baseB when all is done', () => {
  const training = (...names: string[]) =>
    paper.map((member) => (names.includes(member.name) ? { ...member, state: 'running' as const } : member));
  expect(runToFollow(training('baseA', 'B1B'))?.name).toBe('baseA');
  expect(runToFollow(training('baseA', 'baseB'))?.name).toBe('baseB');
  expect(runToFollow(training('A4B'))?.name).toBe('A4B');
  expect(runToFollow(paper.map((member) => ({ ...member, state: 'finished' as const })))?.name).toBe('baseB');
  expect(runToFollow([])).toBeUndefined();
});

test('only frozen treatments keep their first layer', () => {
  expect(paper.filter(isFrozen).map(({ name }) => name)).toEqual([
    ...['B1B', 'A1B', 'R1B'],
    ...['B4B', 'A4B', 'R4B'],
    ...['B7B', 'A7B', 'R7B'],
  ]);
});

test('a stored study that the program did not end is paused, as far as its steps have come', () => {
  const runs = [run('base', 0, { state: 'finished', step: 100 }), run('selffer', 1, { state: 'stopped', step: 50 })];
  const summary = { id: '0123456789ab', name: 'small', status: 'running' as const };
  const overview = stored(summary as Parameters<typeof stored>[0], runs);
  expect(overview).toMatchObject({ status: 'stopped', fraction: 0.75, secondsLeft: null });
  expect(tally(runs)).toMatchObject({ finished: 1, stopped: 1, planned: 0 });
});

test('what failed is told above the plan; what began again goes on by itself', () => {
  const again = run('base', 0, { state: 'running', problem: 'Its process ended; it goes on from step 10.' });
  const diverged = run('selffer', 1, { state: 'failed', problem: 'The loss is not a number.' });
  expect(failed([again, run('transfer', 1), diverged]).map(({ name }) => name)).toEqual(['B1B']);
});

test('rows of few examples stand in the order of their numbers, after that of all images', () => {
  const few = [10, 3, 25].map((examples) => {
    const one = run('transfer', 1, { examples });
    return { ...one, name: `${one.name}@${examples}`, key: `${examples}` };
  });
  const [replicate] = graphOf([...bases, run('transfer', 1), ...few]);
  const rows = replicate.groups.find(({ source }) => source === 'A')!.rows.map(({ curve }) => curve);
  expect(rows).toEqual(['AnB', 'AnB@3', 'AnB@10', 'AnB@25']);
});

test('what adapters stand beside is not called frozen', () => {
  expect(liveText.brief('transfer~4')).toBe('adapters');
  expect([liveText.brief('transfer'), liveText.brief('transfer+')]).toEqual(['frozen', 'fine-tuned']);
});

test('layers come from a base, or from the file of a study that has one', () => {
  expect(liveText.what(run('transfer', 3, { source: 'key of baseA' }), [])).toContain('copied from baseA and frozen');
  expect(liveText.what(run('transfer+', 3, { source: null }), [])).toContain('copied from the file, ');
});
