import type { RunSummary } from '../../../src-main/common/contract/activity.ts';
import { compareKinds, frozenLayers, sourceHalf, type Half } from '../../../src-main/common/treatments/treatments.ts';

/** Where the first n layers of a treatment come from. */
type Source = Half | 'random';

/** One treatment over n. */
interface Row {
  /** `AnB+` */
  readonly curve: string;
  readonly kind: RunSummary['kind'];
  readonly target: Half;
  /** In the order of the replicate's layers. */
  readonly cells: readonly (RunSummary | undefined)[];
}

/** What comes from one base, or from random weights. A base of few target examples has its selffer networks only. */
export interface Group {
  readonly source: Source;
  /** Images of each class that its base was trained on where they are few; absent: all. */
  readonly examples?: number;
  readonly base: RunSummary | undefined;
  readonly rows: readonly Row[];
}

export interface Replicate {
  /** From 1. */
  readonly number: number;
  /** The n of its columns. */
  readonly layers: readonly number[];
  readonly groups: readonly Group[];
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** Identifies a node of the graph: replicates may share a training, which is a node in each. */
export const nodeOf = ({ replicate, name }: RunSummary): string => `${replicate} ${name}`;

/** Whether the first layer keeps the weights that it begins with. */
export const isFrozen = (run: Pick<RunSummary, 'kind' | 'n'>): boolean => frozenLayers(run) > 0;

/** The trainings of a study as a graph: treatments are grouped by the base that they come from, so that no lines cross. */
export function graphOf(runs: readonly RunSummary[]): Replicate[] {
  const replicates = Map.groupBy(runs, (run) => run.replicate);
  return [...replicates].sort(([a], [b]) => a - b).map(([index, members]) => replicateOf(index + 1, members));
}

function replicateOf(number: number, runs: readonly RunSummary[]): Replicate {
  const layers = [...new Set(runs.filter(({ kind }) => kind !== 'base').map(({ n }) => n))].sort((a, b) => a - b);
  const few = [...new Set(runs.flatMap(({ examples }) => examples ?? []))].sort((a, b) => a - b);
  const sources = [
    ...(['B', 'A', 'random'] as const).map((source) => ({ source, examples: undefined })),
    ...few.flatMap((examples) => (['B', 'A'] as const).map((source) => ({ source, examples }))),
  ];
  const groups = sources.map(({ source, examples }) => ({
    source,
    examples,
    base: runs.find((run) => run.kind === 'base' && run.target === source && run.examples === examples),
    rows: rowsOf(runs, { source, examples }, layers),
  }));
  return { number, layers, groups: groups.filter(({ base, rows }) => base || rows.length > 0) };
}

/** Selffer networks come from a base on the same images, others from one that had all of its half or from none. */
const basedOn = ({ examples, ...run }: RunSummary): number | undefined =>
  sourceHalf(run) === run.target ? examples : undefined;

function rowsOf(
  runs: readonly RunSummary[],
  from: Pick<Group, 'source' | 'examples'>,
  layers: readonly number[],
): Row[] {
  const treated = runs.filter(
    (run) => run.kind !== 'base' && (sourceHalf(run) ?? 'random') === from.source && basedOn(run) === from.examples,
  );
  const rows = Map.groupBy(treated, ({ kind, target, examples }) => `${kind} ${target} ${examples}`);
  return [...rows.values()]
    .sort(
      ([a], [b]) =>
        compareKinds(a.kind, b.kind) || b.target.localeCompare(a.target, 'en') || (a.examples ?? 0) - (b.examples ?? 0),
    )
    .map((members) => ({
      curve: members[0].name.replace(/\d+/, 'n'),
      kind: members[0].kind,
      target: members[0].target,
      cells: layers.map((n) => members.find((run) => run.n === n)),
    }));
}

/** The node that an arrow key leads to; the same where there is none. Bases stand left of all that comes from them. */
export function nodeBeside(graph: readonly Replicate[], from: string, direction: Direction): string {
  const lines = graph.flatMap(({ groups }) => groups.flatMap(linesOf));
  const row = lines.findIndex((line) => line.includes(from));
  if (row < 0) return from;
  const column = lines[row].indexOf(from);
  const before = direction === 'left' || direction === 'up';
  const ahead = <T>(items: readonly T[], at: number) => (before ? items.slice(0, at).reverse() : items.slice(at + 1));
  if (direction === 'left' || direction === 'right')
    return ahead(lines[row], column).find((node) => node !== undefined) ?? from;
  // A base stands in each line of its group.
  const others = ahead(lines, row).filter((line) => !line.includes(from));
  return others.map((line) => nearestTo(line, column)).find((node) => node !== undefined) ?? from;
}

/** The place in a line nearest to a column, bases last: they stand in every line of their group and would catch every step. */
function nearestTo(line: readonly (string | undefined)[], column: number): string | undefined {
  const distance = (node: string | undefined, at: number) => {
    if (node === undefined) return Infinity;
    return at === 0 && column > 0 ? line.length : Math.abs(at - column);
  };
  const distances = line.map(distance);
  return line[distances.indexOf(Math.min(...distances))];
}

function linesOf({ base, rows }: Group): (string | undefined)[][] {
  const first = base && nodeOf(base);
  if (rows.length === 0) return [[first]];
  return rows.map(({ cells }) => [first, ...cells.map((run) => run && nodeOf(run))]);
}

/** The training to show while a person has picked none: a base under way, else the first under way, else the last finished. */
export function runToFollow(runs: readonly RunSummary[]): RunSummary | undefined {
  const running = runs.filter(({ state }) => state === 'running');
  return (
    running.find(({ kind, target }) => kind === 'base' && target === 'B') ??
    running.find(({ kind }) => kind === 'base') ??
    running[0] ??
    runs.find(({ kind, target, state }) => kind === 'base' && target === 'B' && state === 'finished') ??
    runs.find(({ state }) => state !== 'planned') ??
    runs[0]
  );
}
