import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { CurvePoint, EvaluationPoint } from '../../common/results/accuracy.ts';
import { layerQualitiesSchema } from '../../common/results/layer-quality.ts';
import type { TrainerMessage, TrainingSeconds } from '../../engine/trainer/job.ts';
import { answerText, type AnswerText } from '../../store/answer-bytes.ts';
import type { Snapshot } from '../../store/records.ts';
import { bytesSchema, hashSchema } from './layout.ts';

/**
 * What a process has said of a training, line by line: JSON, a tab, and the CRC-32 of the JSON. A line is whole once there is a
 * newline after it.
 */

const step = z.int().nonnegative();
const seconds = z.strictObject({
  load: z.number(),
  images: z.number(),
  prefix: z.number(),
  train: z.number(),
  evaluate: z.number(),
  checkpoint: z.number(),
});
const count = z.int().nonnegative();

const lineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('started'),
    step,
    steps: step,
    engineVersion: z.string().max(200),
    trainImages: count,
    heldOutImages: count,
  }),
  z.strictObject({
    type: z.literal('point'),
    step,
    loss: z.number(),
    accuracy: z.number(),
    learningRate: z.number(),
  }),
  /** The weights are float32, little-endian, in base64. */
  z.strictObject({
    type: z.literal('snapshot'),
    step,
    shape: z.array(count).max(8),
    data: z.base64(),
    layers: layerQualitiesSchema.optional(),
  }),
  z.strictObject({ type: z.literal('answers'), step, answers: z.tuple([z.base64(), z.base64()]).readonly() }),
  z.strictObject({
    type: z.literal('evaluated'),
    step,
    loss: z.number(),
    correct: count,
    total: count,
    final: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('checkpoint'),
    step,
    file: z.string().regex(/^step-\d{1,15}\.safetensors$/),
    sha256: hashSchema,
    bytes: bytesSchema,
    final: z.boolean(),
  }),
  /** Its process crashed and another went on. */
  z.strictObject({ type: z.literal('restarted'), reason: z.string().max(10_000), step }),
  /** It went on from a checkpoint of an earlier process, whose lines up to there stand before this one. */
  z.strictObject({ type: z.literal('carried'), step, seconds: seconds.nullable() }),
  z.strictObject({ type: z.literal('finished'), seconds }),
  z.strictObject({ type: z.literal('stopped'), step, seconds }),
  z.strictObject({ type: z.literal('failed'), step, reason: z.string().max(10_000), seconds }),
]);
export type CurveLine = z.infer<typeof lineSchema>;

/** The line of a message; undefined for those that are for display only. */
export function lineOf(message: TrainerMessage): CurveLine | undefined {
  switch (message.type) {
    case 'progress':
    case 'filters':
      return undefined;
    case 'snapshot': {
      const { weight, ...rest } = message;
      const { shape, data } = weight;
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      return { ...rest, shape: [...shape], data: bytes.toString('base64') };
    }
    case 'answers':
      return { ...message, answers: answerText(message.answers) };
    case 'checkpoint':
      return { ...message, file: message.file.split(/[\\/]/).at(-1)! };
    default:
      return message;
  }
}

/** The message of a line, for those who watch; undefined for lines that are no message of a trainer, and for answers. */
export function messageOfLine(line: CurveLine): TrainerMessage | undefined {
  if (line.type === 'snapshot') return { type: 'snapshot', ...snapshotOf(line) };
  return line.type === 'restarted' || line.type === 'carried' || line.type === 'answers' ? undefined : line;
}

function snapshotOf({ step, shape, data, layers }: Extract<CurveLine, { type: 'snapshot' }>): Snapshot {
  const bytes = Buffer.from(data, 'base64');
  const values = new Float32Array(bytes.length >> 2);
  new Uint8Array(values.buffer).set(bytes.subarray(0, values.byteLength));
  if (values.length !== shape.reduce((product, side) => product * side, 1))
    throw new Error('a snapshot of another shape');
  return { step, weight: { shape, data: values }, ...(layers && { layers }) };
}

/** The lines that are whole, up to the first that is torn, and the bytes that they take. */
export function readLines(content: Buffer): { lines: CurveLine[]; bytes: number } {
  const lines: CurveLine[] = [];
  let bytes = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, bytes)) {
    const line = parseLine(content.toString('utf8', bytes, end));
    if (!line) break;
    lines.push(line);
    bytes = end + 1;
  }
  return { lines, bytes };
}

export function encodeLine(line: CurveLine): string {
  const json = JSON.stringify(line);
  return `${json}\t${checksum(json)}\n`;
}

const checksum = (json: string): string => crc32(json).toString(16).padStart(8, '0');

function parseLine(text: string): CurveLine | undefined {
  const [json, sum, ...more] = text.split('\t');
  // Without it a flipped bit would be another point of the curve of whoever goes on from here.
  if (sum !== checksum(json) || more.length > 0) return undefined;
  try {
    return lineSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** What is recorded of a training, from its lines. Of a step the last one counts. */
export interface Recorded {
  readonly curve: CurvePoint[];
  readonly evaluations: EvaluationPoint[];
  readonly snapshots: Snapshot[];
  readonly answers: AnswerText | undefined;
  readonly seconds: TrainingSeconds;
}

export function recordedIn(lines: readonly CurveLine[]): Recorded {
  const of = <Type extends CurveLine['type']>(type: Type) => {
    const found = lines.filter((line): line is Extract<CurveLine, { type: Type }> => line.type === type);
    return [...new Map(found.map((line) => [(line as { step: number }).step, line])).values()].sort(
      (a, b) => (a as { step: number }).step - (b as { step: number }).step,
    );
  };
  const seconds = lines.flatMap((line) => ('seconds' in line && line.seconds !== null ? [line.seconds] : []));
  return {
    curve: of('point').map(({ type: _, ...point }) => point),
    evaluations: of('evaluated').map(({ step, loss, correct, total }) => ({ step, loss, correct, total })),
    snapshots: of('snapshot').map(snapshotOf),
    answers: of('answers').at(-1)?.answers,
    seconds: sumOf(seconds),
  };
}

const NO_SECONDS: TrainingSeconds = { load: 0, images: 0, prefix: 0, train: 0, evaluate: 0, checkpoint: 0 };

/** Seconds by part of several processes. */
function sumOf(all: readonly TrainingSeconds[]): TrainingSeconds {
  const parts = Object.keys(NO_SECONDS) as (keyof TrainingSeconds)[];
  const sums = parts.map((part) => [part, all.reduce((sum, seconds) => sum + seconds[part], 0)] as const);
  return Object.fromEntries(sums) as unknown as TrainingSeconds;
}
