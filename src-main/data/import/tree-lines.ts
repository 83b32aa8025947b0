import type { ImportReading } from '../../common/contract/import-reading.ts';
import { byCodeUnit, printable } from './names.ts';
import type { SourceFile } from './source.ts';

/** Folders below one, and folders in all, that are shown. */
const MOST_BESIDE = 8;
const MOST_LINES = 120;
const MOST_DEEP = 5;

interface Node {
  readonly folders: Map<string, Node>;
  train: number;
  heldOut: number;
  leftOut: number;
}

/** The folders of a source, as lines of a tree, with what becomes of the files in and below each; of many beside each other some. */
export function treeLines(
  files: readonly SourceFile[],
  planned: readonly { readonly path: string; readonly heldOut: boolean }[],
): ImportReading['tree'] {
  const heldOut = new Map(planned.map((image) => [image.path, image.heldOut]));
  const top = newNode();
  for (const { path } of files) {
    const what = heldOut.get(path);
    const counted = what === undefined ? 'leftOut' : what ? 'heldOut' : 'train';
    let node = top;
    node[counted]++;
    for (const name of path.split('/').slice(0, -1).slice(0, MOST_DEEP)) {
      const inner = node.folders.get(name) ?? newNode();
      node.folders.set(name, inner);
      node = inner;
      node[counted]++;
    }
  }
  const lines: ImportReading['tree'] = [];
  addLines(top, 0, lines);
  return lines;
}

function addLines(node: Node, depth: number, lines: ImportReading['tree']): void {
  const folders = [...node.folders].sort(([a], [b]) => byCodeUnit(a, b));
  for (const [at, [name, inner]] of folders.entries()) {
    if (at === MOST_BESIDE || lines.length >= MOST_LINES) {
      const rest = folders.slice(at).map(([, one]) => one);
      const sum = (of: 'train' | 'heldOut' | 'leftOut') => rest.reduce((total, one) => total + one[of], 0);
      lines.push({
        depth,
        name: null,
        folders: rest.length,
        train: sum('train'),
        heldOut: sum('heldOut'),
        leftOut: sum('leftOut'),
      });
      return;
    }
    const { train, heldOut, leftOut } = inner;
    lines.push({ depth, name: printable(name), folders: 1, train, heldOut, leftOut });
    addLines(inner, depth + 1, lines);
  }
}

const newNode = (): Node => ({ folders: new Map(), train: 0, heldOut: 0, leftOut: 0 });
