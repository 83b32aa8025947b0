import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { z } from 'zod';
import { programVersion } from '../../src-main/process/program.ts';
import { columns, ratios, shown, type Spread } from './spread.ts';

const spreadSchema = z.object({ blocks: z.array(z.number()).min(1).readonly() });
const settingSchema = z.object({
  label: z.string(),
  version: z.string(),
  step: spreadSchema,
  evaluation: spreadSchema,
});
/** A run of the benchmark as a file has it, with all that must be the same in one that is held against it. */
const storedSchema = z.object({
  machine: z.object({ processor: z.string(), cores: z.int(), gibibytes: z.number(), platform: z.string() }).readonly(),
  versions: z.object({ transplant: z.string(), node: z.string() }).readonly(),
  /** The words after `npm run bench --`. */
  asked: z.array(z.string()).readonly(),
  networks: z.record(z.string(), z.object({ settings: z.array(settingSchema).readonly() })).optional(),
  study: z.object({ seconds: spreadSchema, torchSeconds: spreadSchema.nullable() }).optional(),
});
export type StoredRun = z.infer<typeof storedSchema>;

/** One thing that two runs have measured. */
interface Comparison {
  readonly what: string;
  /** Speed of the later by that of the earlier, block by block: above 1, it has become faster. */
  readonly ratio: Spread;
}

/** What a run is stored with beside its results. */
export const about = (asked: readonly string[]): Pick<StoredRun, 'machine' | 'versions' | 'asked'> => ({
  machine: {
    processor: cpus()[0].model,
    cores: availableParallelism(),
    gibibytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
  },
  versions: { transplant: programVersion(), node: process.version },
  asked,
});

export function storeRun(file: string, run: object): void {
  writeFileSync(file, `${JSON.stringify(run)}\n`);
}

/** A stored run, or the sentence that says why there is none. */
export function readRun(file: string): StoredRun | string {
  try {
    const { data } = storedSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return data ?? `${file} is not a stored run of this benchmark; --out FILE stores one.`;
  } catch (error) {
    return `${file} can't be read: ${(error as Error).message}.`;
  }
}

/** Why two runs can't be held against each other, in a sentence; undefined where they can. */
export function obstacle({ machine }: StoredRun, later: Pick<StoredRun, 'machine'>): string | undefined {
  const text = (one: StoredRun['machine']) =>
    `${one.processor} with ${one.cores} cores and ${one.gibibytes} GiB (${one.platform})`;
  const [before, now] = [text(machine), text(later.machine)];
  return before === now
    ? undefined
    : `The stored run is of another machine, ${before}, and this is ${now}: their speeds say nothing of the program.`;
}

/** Everything that both runs have measured, in as many blocks. */
export function compareRuns(earlier: StoredRun, later: StoredRun): Comparison[] {
  const compared = (what: string, before: readonly number[] | undefined, after: readonly number[]): Comparison[] =>
    before?.length === after.length ? [{ what, ratio: ratios(after, before) }] : [];
  const steps = Object.entries(later.networks ?? {}).flatMap(([network, { settings }]) =>
    settings.flatMap(({ label, step, evaluation }) => {
      const before = earlier.networks?.[network]?.settings.find((setting) => setting.label === label);
      return [
        ...compared(`${network}, ${label}: step`, before?.step.blocks, step.blocks),
        ...compared(`${network}, ${label}: evaluation`, before?.evaluation.blocks, evaluation.blocks),
      ];
    }),
  );
  // Seconds become fewer as a study becomes faster.
  const speeds = (spread: { readonly blocks: readonly number[] } | null | undefined) =>
    spread?.blocks.map((seconds) => 1 / seconds);
  const study = (side: string, of: (run: StoredRun) => ReturnType<typeof speeds>) => {
    const after = of(later);
    return after ? compared(`study, ${side}`, of(earlier), after) : [];
  };
  return [
    ...steps,
    ...study('Transplant', (run) => speeds(run.study?.seconds)),
    ...study('PyTorch', (run) => speeds(run.study?.torchSeconds)),
  ];
}

/** The comparison as plain text. */
export function comparisonTable(earlier: StoredRun, later: StoredRun): string {
  const versions = (run: StoredRun) => {
    const settings = Object.values(run.networks ?? {}).flatMap((network) => network.settings);
    const engines = new Set(settings.map(({ version }) => version));
    return [`Transplant ${run.versions.transplant}`, `Node ${run.versions.node}`, ...engines].join('; ');
  };
  const rows = compareRuns(earlier, later).map(({ what, ratio }) => [what, shown(ratio, 2)]);
  return [
    'Speed of the later run / the earlier one, block by block: median (min to max).',
    'What PyTorch of the same version gained or lost is the machine’s doing.',
    `  earlier: ${versions(earlier)}`,
    `  later:   ${versions(later)}`,
    ...(rows.length > 0 ? columns(rows) : ['  The two have measured nothing in common.']),
  ].join('\n');
}
