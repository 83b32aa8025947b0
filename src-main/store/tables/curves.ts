import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { CurvePoint, EvaluationPoint } from '../../common/results/accuracy.ts';
import { type Checked, DamagedRow, intact, withChecksum } from '../checksum.ts';
import { type LayerQualities, layerQualitiesSchema } from '../../common/results/layer-quality.ts';
import type { LayersAtStep, Snapshot } from '../records.ts';
import type { Tensor } from '../safetensors.ts';

const NUMBERS = ['loss', 'accuracy', 'learningRate'] as const;
const CURVE_COLUMNS = 'run, step, loss, accuracy, learningRate';
type CurveRow = { step: number } & Record<(typeof NUMBERS)[number], number | null>;

export function curveTable(database: Database) {
  const put = database.prepare<CurvePoint & { run: string }>(`
    INSERT OR REPLACE INTO curvePoints (${CURVE_COLUMNS}, checksum)
    VALUES (:run, :step, :loss, :accuracy, :learningRate, crc32('curvePoints', :run, :step, :loss, :accuracy, :learningRate))`);
  const truncate = database.prepare<[string, number]>('DELETE FROM curvePoints WHERE run = ? AND step > ?');
  const of = database.prepare<[string], Checked<CurveRow>>(
    `SELECT ${withChecksum('curvePoints', CURVE_COLUMNS)} FROM curvePoints WHERE run = ? ORDER BY step`,
  );
  const last = database.prepare<[string], Checked<CurveRow>>(
    `SELECT ${withChecksum('curvePoints', CURVE_COLUMNS)} FROM curvePoints WHERE run = ? ORDER BY step DESC LIMIT 1`,
  );
  return {
    put(run: string, { step, loss, accuracy, learningRate }: CurvePoint): void {
      put.run({ run, step, loss, accuracy, learningRate });
    },
    truncate: (run: string, step: number): void => void truncate.run(run, step),
    of: (run: string): CurvePoint[] =>
      of.all(run).map((row) => pointOf(intact(row, `the curve of run ${run.slice(0, 8)}`))),
    /** The step of the newest point; undefined where there is none. */
    last(run: string): number | undefined {
      const row = last.get(run);
      return row && intact(row, `the curve of run ${run.slice(0, 8)}`).step;
    },
  };
}

/** SQLite stores NaN as NULL. It is read back as NaN, so that a diverged training shows as one. */
function pointOf(row: CurveRow): CurvePoint {
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, row[name] ?? NaN]));
  return { step: row.step, ...numbers } as CurvePoint;
}

const EVALUATION_COLUMNS = 'run, step, loss, correct, total';
type EvaluationRow = Omit<EvaluationPoint, 'loss'> & { loss: number | null };

export function evaluationTable(database: Database) {
  const put = database.prepare<EvaluationPoint & { run: string }>(`
    INSERT OR REPLACE INTO evaluations (${EVALUATION_COLUMNS}, checksum)
    VALUES (:run, :step, :loss, :correct, :total, crc32('evaluations', :run, :step, :loss, :correct, :total))`);
  const truncate = database.prepare<[string, number]>('DELETE FROM evaluations WHERE run = ? AND step > ?');
  const of = database.prepare<[string], Checked<EvaluationRow>>(
    `SELECT ${withChecksum('evaluations', EVALUATION_COLUMNS)} FROM evaluations WHERE run = ? ORDER BY step`,
  );
  return {
    put(run: string, { step, loss, correct, total }: EvaluationPoint): void {
      put.run({ run, step, loss, correct, total });
    },
    truncate: (run: string, step: number): void => void truncate.run(run, step),
    of: (run: string): EvaluationPoint[] =>
      of.all(run).map((row) => evaluationOf(intact(row, `the evaluations of run ${run.slice(0, 8)}`))),
  };
}

const evaluationOf = ({ step, loss, correct, total }: EvaluationRow): EvaluationPoint => ({
  step,
  loss: loss ?? NaN,
  correct,
  total,
});

const SNAPSHOT_COLUMNS = 'run, step, shape, weights';
interface SnapshotRow {
  readonly shape: string;
  readonly weights: Buffer;
}

const jsonSchema = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
});
const shapeSchema = jsonSchema.pipe(z.array(z.int().nonnegative()));

export function snapshotTable(database: Database) {
  const put = database.prepare<SnapshotRow & { run: string; step: number }>(
    `INSERT OR REPLACE INTO snapshots (${SNAPSHOT_COLUMNS}, checksum)
     VALUES (:run, :step, :shape, :weights, crc32('snapshots', :run, :step, :shape, :weights))`,
  );
  const truncate = database.prepare<[string, number]>('DELETE FROM snapshots WHERE run = ? AND step > ?');
  const of = database.prepare<[string], { step: number }>('SELECT step FROM snapshots WHERE run = ? ORDER BY step');
  const get = database.prepare<[string, number], Checked<SnapshotRow>>(
    `SELECT ${withChecksum('snapshots', SNAPSHOT_COLUMNS)} FROM snapshots WHERE run = ? AND step = ?`,
  );
  return {
    put(run: string, { step, weight: { shape, data } }: Snapshot): void {
      if (bytesOf(shape) !== data.byteLength) throw new Error(`${data.length} weights are not ${shape.join('x')}`);
      const weights = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      put.run({ run, step, shape: JSON.stringify(shape), weights });
    },
    truncate: (run: string, step: number): void => void truncate.run(run, step),
    of: (run: string): { step: number }[] => of.all(run),
    get(run: string, step: number): Tensor | undefined {
      const row = get.get(run, step);
      return row && tensorOf(row, `The filters of run ${run.slice(0, 8)} at step ${step}`);
    },
  };
}

/**
 * Checks that shape and weights are what was written and fit together, because a store may come from anywhere. Throws a
 * UserError if they don't: other steps can still be shown.
 */
function tensorOf({ shape: text, weights, intact: mark }: Checked<SnapshotRow>, what: string): Tensor {
  const shape = shapeSchema.safeParse(text).data;
  if (mark !== 1 || !shape || bytesOf(shape) !== weights.length)
    throw new UserError(`${what} are damaged in the store; choose another step.`);
  const data = new Float32Array(weights.length / Float32Array.BYTES_PER_ELEMENT);
  new Uint8Array(data.buffer).set(weights);
  return { shape, data };
}

const bytesOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, Float32Array.BYTES_PER_ELEMENT);

const QUALITY_COLUMNS = 'run, step, layers';
interface QualityRow {
  readonly step: number;
  readonly layers: string;
}
const qualityRowSchema = jsonSchema.pipe(layerQualitiesSchema);

export function layerQualityTable(database: Database) {
  const put = database.prepare<QualityRow & { run: string }>(
    `INSERT OR REPLACE INTO layerQualities (${QUALITY_COLUMNS}, checksum)
     VALUES (:run, :step, :layers, crc32('layerQualities', :run, :step, :layers))`,
  );
  const remove = database.prepare<[string, number]>('DELETE FROM layerQualities WHERE run = ? AND step = ?');
  const truncate = database.prepare<[string, number]>('DELETE FROM layerQualities WHERE run = ? AND step > ?');
  const of = database.prepare<[string], Checked<QualityRow>>(
    `SELECT ${withChecksum('layerQualities', QUALITY_COLUMNS)} FROM layerQualities WHERE run = ? ORDER BY step`,
  );
  return {
    /** In place of earlier ones of the same step, also where there are none. */
    put(run: string, step: number, layers: LayerQualities | undefined): void {
      if (layers) put.run({ run, step, layers: JSON.stringify(layers) });
      else remove.run(run, step);
    },
    truncate: (run: string, step: number): void => void truncate.run(run, step),
    of: (run: string): LayersAtStep[] =>
      of.all(run).map((row) => {
        const what = `the layers of run ${run.slice(0, 8)}`;
        const { step, layers: text } = intact(row, what);
        const layers = qualityRowSchema.safeParse(text).data;
        if (!layers) throw new DamagedRow(`what it has of ${what} is not what was written`);
        return { step, layers };
      }),
  };
}
