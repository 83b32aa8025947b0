import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Profile, profileSchema } from '../../src-main/cluster/profile.ts';
import { Slurm } from '../../src-main/cluster/slurm/slurm.ts';
import { ClusterTrainings } from '../../src-main/cluster/trainings.ts';
import { executable } from '../../src-main/process/executable.ts';
import type { Protocol } from '../../src-main/study/plan/protocol.ts';
import type { StudyEvent } from '../../src-main/study/run/events.ts';
import { onCluster } from '../../src-main/study/run/train-on-cluster.ts';
import { createTinyHome, runTinyStudy, tinyProtocol, type TinyHome, type TinyRun } from '../study/tiny-study.ts';
import type { RealSlurm } from './slurm.ts';

/** A home whose studies are trained on Slurm. */
export interface OnSlurm {
  readonly tiny: TinyHome;
  readonly spool: string;
  readonly scheduler: Slurm;
  /** Like another main: it knows nothing of what was submitted but what is in the spool. */
  study(protocol?: Protocol, stopWhen?: (event: StudyEvent) => boolean): Promise<TinyRun>;
  dispose(): void;
}

export async function onSlurm(slurm: RealSlurm, given: Partial<Profile> = {}): Promise<OnSlurm> {
  const tiny = await createTinyHome();
  const spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));
  const profile = profileSchema.parse({ name: 'lab', spool, before: [], ...given });
  const { node, entry } = executable('transplant');
  const scheduler = new Slurm(profile, { node, script: entry }, slurm.environment);
  const study: OnSlurm['study'] = (protocol = tinyProtocol(tiny.index), stopWhen = () => false) => {
    const cluster = new ClusterTrainings({ spool, scheduler, look: 100, ask: 500 });
    return runTinyStudy(tiny, protocol, stopWhen, onCluster(cluster));
  };
  const dispose = () => {
    tiny.dispose();
    rmSync(spool, { recursive: true, force: true });
  };
  return { tiny, spool, scheduler, study, dispose };
}

/**
 * What is stored of trainings here and otherwise there: the bytes of weights, results, curves, evaluations, answers and
 * filters. Empty:
 * both are the same.
 */
export function differences(
  here: Pick<TinyHome, 'home' | 'store'>,
  there: Pick<TinyHome, 'home' | 'store'>,
  { plan }: { readonly plan: { readonly runs: readonly { readonly key: string; readonly name: string }[] } },
): string[] {
  const all = ({ home, store }: Pick<TinyHome, 'home' | 'store'>, key: string) => {
    const checkpoint = store.latestCheckpoint(key);
    const { status, correct, total, loss, steps, step, error } = store.findRun(key)!;
    const bytes = checkpoint ? readFileSync(join(home, checkpoint.file)) : '';
    return {
      ...{ status, correct, total, loss, steps, step, error, sha256: checkpoint?.sha256 },
      weights: createHash('sha256').update(bytes).digest('hex'),
      curve: store.curve(key),
      evaluations: store.evaluations(key),
      answers: store.answers(key),
      filters: store.snapshots(key).map(({ step }) => [step, store.snapshot(key, step)]),
      layers: store.layerQualities(key),
    };
  };
  return plan.runs.flatMap(({ key, name }) => {
    const [mine, other] = [all(here, key), all(there, key)];
    const parts = (Object.keys(mine) as (keyof typeof mine)[]).filter(
      (part) => !isDeepStrictEqual(mine[part], other[part]),
    );
    return parts.length === 0 ? [] : [`${name}: another ${parts.join(', ')} (${mine.status}, ${mine.error})`];
  });
}
