import { confusedPairs, type Confusion } from '../../common/results/confusion.ts';
import { inPercent } from '../../common/numbers.ts';
import type { Table } from '../../common/results/tables.ts';

/** Classes of which the whole matrix is shown; of more, the pairs that are confused say more. */
const MATRIX = 20;
const PAIRS = 15;

/** What the advised network confuses: the matrix, the classes, and the images. Those without rows are left out. */
export const confusionTables = (confusions: readonly Confusion[]): Table[] =>
  confusions
    .flatMap((confusion) => [matrixTable(confusion), confusedPairsTable(confusion), mistakenImagesTable(confusion)])
    .filter(({ rows }) => rows.length > 0);

const together = ({ networks }: Confusion): string =>
  networks > 1 ? ` Answers of its ${networks} networks of the first split are added up.` : '';

function matrixTable(confusion: Confusion): Table {
  const { choice, classes, counts } = confusion;
  return {
    title: `Confusion matrix of ${choice}`,
    caption: `Held-out images of each class (row) by the class that ${choice} gives them (column).${together(confusion)}`,
    head: ['Class', ...classes],
    rows: classes.length > MATRIX ? [] : counts.map((row, label) => [classes[label], ...row.map(String)]),
    words: 1,
  };
}

/** The pairs that are confused most. */
export function confusedPairsTable(confusion: Confusion): Table {
  const { choice } = confusion;
  return {
    title: `Classes that ${choice} confuses most`,
    caption: `Held-out images of a class that ${choice} takes for another, and their share of all images of the class.${together(confusion)}`,
    head: ['Class', 'Taken for', 'Images', 'Share %'],
    rows: confusedPairs(confusion)
      .slice(0, PAIRS)
      .map((pair) => [pair.class, pair.as, String(pair.images), inPercent(pair.share)]),
    words: 2,
  };
}

function mistakenImagesTable({ choice, images }: Confusion): Table {
  return {
    title: `Images that ${choice} gets wrong`,
    caption: `Those first that most networks of the study get wrong, too: with these something is often the matter, as a wrong label. An image is known by its class and its place among the held-out images of that class. The window shows the names of the files with the pictures; they are no part of a report, whose readers they may tell too much.`,
    head: ['Class', 'Taken for', 'Held-out image of its class', 'Networks that are wrong'],
    rows: images.map((image) => [image.class, image.as, String(image.ofClass), `${image.wrong} of ${image.asked}`]),
    words: 2,
  };
}
