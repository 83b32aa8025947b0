import type { Cut } from '../cuts.ts';
import type { Box, Fold } from './boxes.ts';

export interface PlacedBox {
  readonly box: Box;
  /** The column that it and its words have, in pixels from the left. */
  readonly column: { readonly left: number; readonly width: number };
  /** The box itself. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Where the words below it begin. */
  readonly words: number;
}

export interface PlacedCut {
  readonly cut: Cut;
  /** In the middle of its line. */
  readonly x: number;
  /** Where its label begins, its line, and where that ends. */
  readonly top: number;
  readonly line: number;
  readonly bottom: number;
}

/** Where a fold is opened or closed. */
interface PlacedFold {
  readonly fold: Fold;
  readonly open: boolean;
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly cuts: readonly PlacedCut[];
  readonly folds: readonly PlacedFold[];
  /** The middle of each row, from its first box to its last. */
  readonly flows: readonly { readonly y: number; readonly left: number; readonly right: number }[];
}

/** Pixels. A box has room for its letter and mark at least. */
const CUT = 16;
const LEAST_COLUMN = 66;
const MOST_COLUMN = 180;
const LEAST = { width: 44, height: 30 };
const MOST = { width: 84, height: 112 };
const LABEL = 30;
/** Right of a row that goes on: its last cut is at the edge, and its label is wider. */
const EDGE = 22;
const SHORTCUTS = 20;
const WORDS = 60;
const FOLDS = 32;
/** Below the line of a cut, for what stands at its end. */
const END = 14;
const BETWEEN_ROWS = 14;
/** A fold's boxes behind its first. */
const BEHIND = 8;

/**
 * Boxes from left to right, in as many rows as the width asks for, a cut to the right of each but the last.
 *
 * @param foldable whether there is room below for opening and closing folds
 */
export function layoutOf(boxes: readonly Box[], width: number, { foldable }: { readonly foldable: boolean }): Layout {
  const fitting = (room: number) => Math.max(1, Math.floor(room / (LEAST_COLUMN + CUT)));
  const room = boxes.length <= fitting(width) ? width : width - EDGE;
  const rows = Math.ceil(boxes.length / fitting(room));
  const perRow = Math.ceil(boxes.length / rows);
  const column = Math.min(MOST_COLUMN, Math.floor(room / perRow) - CUT);
  const above = LABEL + (boxes.some(({ part }) => part.shortcuts.length > 0) ? SHORTCUTS : 0);
  const hasFolds = foldable && boxes.some(({ fold }) => fold);
  const rowHeight = above + MOST.height + WORDS + (hasFolds ? FOLDS : foldable ? END : 0);
  const topOf = (row: number) => row * (rowHeight + BETWEEN_ROWS);
  const middleOf = (row: number) => topOf(row) + above + MOST.height / 2;

  const placed = boxes.map((box, index): PlacedBox => {
    const row = Math.floor(index / perRow);
    const left = CUT / 2 + (index % perRow) * (column + CUT);
    const own = {
      width: Math.min(
        column - (box.times > 1 ? BEHIND : 0),
        Math.round(LEAST.width + box.part.width * (MOST.width - LEAST.width)),
      ),
      height: Math.round(LEAST.height + box.part.height * (MOST.height - LEAST.height)),
    };
    return {
      box,
      column: { left, width: column },
      left: left + (column - own.width) / 2,
      top: middleOf(row) - own.height / 2,
      ...own,
      words: topOf(row) + above + MOST.height + 6,
    };
  });
  const cuts = placed.flatMap(({ box: { cut }, column: { left } }, index) => {
    const top = topOf(Math.floor(index / perRow));
    const place = { x: left + column + CUT / 2, top, line: top + LABEL - 4, bottom: top + above + MOST.height + WORDS };
    return cut ? [{ cut, ...place }] : [];
  });
  return {
    width: Math.min(width, perRow * (column + CUT) + (rows > 1 ? EDGE : 0)),
    height: rows * rowHeight + (rows - 1) * BETWEEN_ROWS,
    boxes: placed,
    cuts,
    folds: hasFolds ? foldsOf(placed, perRow, (row) => topOf(row) + rowHeight - FOLDS + 4) : [],
    flows: Array.from({ length: rows }, (_, row) => {
      const ofRow = placed.slice(row * perRow, (row + 1) * perRow);
      const last = ofRow.at(-1)!;
      return { y: middleOf(row), left: ofRow[0].left, right: last.left + last.width };
    }),
  };
}

/** A fold over several rows is closed where it begins. */
function foldsOf(placed: readonly PlacedBox[], perRow: number, topOf: (row: number) => number): PlacedFold[] {
  const groups = Map.groupBy(
    placed.map((one, index) => ({ ...one, row: Math.floor(index / perRow) })),
    ({ box }) => box.fold?.first,
  );
  return [...groups].flatMap(([first, members]) => {
    if (first === undefined) return [];
    const [begin] = members;
    const end = members.findLast(({ row }) => row === begin.row)!;
    return [
      {
        fold: begin.box.fold!,
        open: begin.box.times === 1,
        left: begin.column.left,
        right: end.column.left + end.column.width,
        top: topOf(begin.row),
      },
    ];
  });
}
