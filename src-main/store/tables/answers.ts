import type { Database } from 'better-sqlite3';
import type { HeldOutAnswers } from '../../common/results/accuracy.ts';
import { classBytes, classesIn } from '../answer-bytes.ts';
import { type Checked, DamagedRow, intact, withChecksum } from '../checksum.ts';

const COLUMNS = 'run, step, images, labels, answers';
interface Row {
  readonly run: string;
  readonly step: number;
  readonly images: number;
  readonly labels: Buffer;
  readonly answers: Buffer;
}

export function answerTable(database: Database) {
  const put = database.prepare<Row>(`
    INSERT OR REPLACE INTO answers (${COLUMNS}, checksum)
    VALUES (:run, :step, :images, :labels, :answers, crc32('answers', :run, :step, :images, :labels, :answers))`);
  const truncate = database.prepare<[string, number]>('DELETE FROM answers WHERE run = ? AND step > ?');
  const of = database.prepare<[string], Checked<Row>>(
    `SELECT ${withChecksum('answers', COLUMNS)} FROM answers WHERE run = ?`,
  );
  return {
    put(run: string, step: number, { labels, answers }: HeldOutAnswers): void {
      if (labels.length !== answers.length) throw new Error(`${answers.length} answers to ${labels.length} images`);
      put.run({ run, step, images: labels.length, labels: classBytes(labels), answers: classBytes(answers) });
    },
    truncate: (run: string, step: number): void => void truncate.run(run, step),
    of(run: string): HeldOutAnswers | undefined {
      const row = of.get(run);
      if (!row) return undefined;
      const what = `the answers of run ${run.slice(0, 8)}`;
      const { images, ...bytes } = intact<Row>(row, what);
      const [labels, answers] = [classesIn(bytes.labels, images), classesIn(bytes.answers, images)];
      if (!labels || !answers) throw new DamagedRow(`what it has of ${what} is not what was written`);
      return { labels, answers };
    },
  };
}
