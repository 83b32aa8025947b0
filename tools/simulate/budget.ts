import { hasNetwork } from '../../src-main/study/plan/protocol.ts';
import type { RunResult } from '../../src-main/study/results/curves.ts';
import { focusOn } from '../../src-main/study/statements/focus.ts';
import { shares } from '../../src-main/study/statements/looks.ts';
import { isSettled, judge } from '../../src-main/study/statements/judge.ts';
import { STATEMENTS, type Statement } from '../../src-main/study/statements/statements.ts';
import { asInThePaper } from './layouts.ts';
import { evidenceOf, KINDS, LAYERS, type Mean, rate, simulate } from './studies.ts';

/** What studies cost that go on until they are clear, beside studies of a fixed number of replicates. */

interface Policy {
  /** Replicates at the first look, with all networks; one more is added for each further look. */
  readonly first: number;
  /** Replicates beyond which a study does not go on. A fixed layout has as many at its first look. */
  readonly most: number;
  /** Whether further replicates have only the networks of statements that have no answer yet. */
  readonly focused: boolean;
}

interface Cost {
  /** Shares of studies that have an answer, in the order of `OWN`. */
  readonly answered: readonly number[];
  /** Networks trained: median, and what 5% and 95% of the studies need at most. */
  readonly trainings: { readonly median: number; readonly low: number; readonly high: number };
}

/** Statements about one study. */
const OWN: readonly Statement[] = STATEMENTS.filter(({ halves }) => halves === 'own');
/** Layers with weights of the simulated networks. */
const DEPTH = LAYERS.length + 1;

function costOf(
  studies: number,
  { first, most, focused }: Policy,
  { images, mean = asInThePaper }: { images: number; mean?: Mean },
): Cost {
  const looks = Array.from({ length: most - first + 1 }, (_, look) => first + look);
  const spending = shares({ at: looks, most });
  const answers = new Map<Statement, number>(OWN.map((statement) => [statement, 0]));
  const counts: number[] = [];
  rate(studies, `budget ${first} ${most} ${images}`, (stream) => {
    const { runs } = simulate(stream, { splits: most, seeds: 1 }, KINDS, LAYERS, mean, { images });
    const open = new Set(OWN);
    const trained: RunResult[] = [];
    let count = 0;
    for (const [look, replicates] of looks.entries()) {
      const wanted =
        focused && look > 0
          ? focusOn([...open], { depth: DEPTH, layers: LAYERS }, [], {
              splitSeed: replicates,
              trainingSeed: replicates,
            }).only
          : undefined;
      const added = runs.results.filter(
        ({ replicate, kind, n }) =>
          replicate < replicates && (look === 0 || replicate === replicates - 1) && hasNetwork(wanted, kind, n),
      );
      trained.push(...added);
      // BaseA is trained as well, where anything is transferred, and has no part in the simulation.
      const sources = added.filter(({ kind }) => kind.startsWith('transfer')).map(({ replicate }) => replicate);
      count += added.length + new Set(sources).size;
      for (const one of judge([evidenceOf({ ...runs, results: trained }, {})], spending[look]))
        if (isSettled(one) && open.delete(one.statement)) answers.set(one.statement, answers.get(one.statement)! + 1);
      if (open.size === 0) break;
    }
    counts.push(count);
    return false;
  });
  counts.sort((a, b) => a - b);
  const quantile = (share: number) => counts[Math.min(studies - 1, Math.floor(share * studies))];
  return {
    answered: OWN.map((statement) => answers.get(statement)! / studies),
    trainings: { median: quantile(0.5), low: quantile(0.05), high: quantile(0.95) },
  };
}

/** Beside the preset Standard, which has nine replicates. */
const POLICIES: Readonly<Record<string, Policy>> = {
  'nine replicates': { first: 9, most: 9, focused: false },
  'until clear, all networks, 9 at most': { first: 1, most: 9, focused: false },
  'until clear, what is open, 9 at most': { first: 1, most: 9, focused: true },
  'until clear, what is open, 10 at most': { first: 1, most: 10, focused: true },
  'until clear, what is open, 12 at most': { first: 1, most: 12, focused: true },
};

if (import.meta.main) {
  const studies = Number(process.argv[2] ?? 1000);
  console.log(
    `| held-out images | layout | ${OWN.map(({ title }) => title).join(' | ')} | answers | networks, median (5 to 95%) |`,
  );
  console.log(`| --- | --- | ${OWN.map(() => '---').join(' | ')} | --- | --- |`);
  for (const images of [2000, 5000])
    for (const [name, policy] of Object.entries(POLICIES)) {
      const { answered, trainings } = costOf(studies, policy, { images });
      const cells = answered.map((share) => (100 * share).toFixed(0));
      const all = answered.reduce((sum, share) => sum + share, 0).toFixed(2);
      console.log(
        `| ${images} | ${name} | ${cells.join(' | ')} | ${all} of ${OWN.length} | ${trainings.median} (${trainings.low} to ${trainings.high}) |`,
      );
    }
}
