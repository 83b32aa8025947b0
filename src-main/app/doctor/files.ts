import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../common/contract/engine.ts';
import { byteSize, counted } from '../../common/numbers.ts';
import { verifyImageSet } from '../../data/packed/open.ts';
import { messageOf } from '../../errors.ts';
import { isIntact } from '../../store/checkpoints.ts';
import type { CheckpointRecord, Store } from '../../store/records.ts';
import { pretrainedFolder } from '../../pretrained/kept.ts';
import { type Home, readHome } from '../opened-home.ts';

/** What was found when every stored file was read. */
export interface CheckedFiles {
  readonly findings: Finding[];
  /** Keys of trainings whose weights or curves are damaged or gone, which can be trained again. */
  readonly damaged: string[];
}

/**
 * Reads every file of a home and compares it with what the store knows of it: weights, images and pretrained networks with
 * their hashes, curves and filters with their checksums. It changes nothing. Takes as long as the drive takes to read all.
 */
export function checkFiles(home: string): Promise<CheckedFiles> {
  return readHome(home, async (opened) => {
    const weights = await checkWeights(opened);
    const recorded = checkRecorded(opened.store);
    return {
      findings: [weights.finding, recorded.finding, ...(await checkImages(opened)), ...(await checkPretrained(home))],
      damaged: [...new Set([...weights.damaged, ...recorded.damaged])],
    };
  });
}

const AGAIN =
  '"transplant doctor --files --repair", or the button here, sets them aside; their studies can then be resumed, which trains them again to the same numbers';

async function checkWeights({ home, store }: Home): Promise<{ finding: Finding; damaged: string[] }> {
  const name = 'weights';
  const checkpoints = store.checkpoints();
  const damaged: CheckpointRecord[] = [];
  for (const checkpoint of checkpoints)
    if (!(await isIntact({ file: join(home, checkpoint.file), sha256: checkpoint.sha256 }))) damaged.push(checkpoint);
  const bytes = checkpoints.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0);
  const all = `${counted(checkpoints.length, 'checkpoint')} (${byteSize(bytes)})`;
  if (damaged.length === 0)
    return { finding: { name, status: 'ok', text: `${all}: each has the bytes that were written.` }, damaged: [] };
  const text = `Of ${all}, ${damaged.length} damaged or gone: ${namesOf(
    damaged.map(({ run }) => run),
    store,
  )}. ${AGAIN}.`;
  return { finding: { name, status: 'problem', text }, damaged: damaged.map(({ run }) => run) };
}

function checkRecorded(store: Store): { finding: Finding; damaged: string[] } {
  const name = 'curves';
  const runs = new Set(store.studies().flatMap(({ id }) => store.studyRuns(id).map(({ run }) => run)));
  const damaged = [...runs].filter((run) => {
    try {
      store.curve(run);
      store.evaluations(run);
      for (const { step } of store.snapshots(run)) store.snapshot(run, step);
      store.layerQualities(run);
      return false;
    } catch {
      return true;
    }
  });
  if (damaged.length === 0)
    return {
      finding: {
        name,
        status: 'ok',
        text: `What was recorded of ${counted(runs.size, 'training')} is what was written.`,
      },
      damaged,
    };
  const text = `What was recorded of ${counted(damaged.length, 'training')} is damaged: ${namesOf(damaged, store)}. ${AGAIN}.`;
  return { finding: { name, status: 'problem', text }, damaged };
}

const LISTED = 8;

/** `A3B+ of "birds"`, for so many at most. */
function namesOf(keys: readonly string[], store: Store): string {
  const places = new Map(
    store
      .studies()
      .flatMap((study) =>
        store.studyRuns(study.id).map(({ run, name }) => [run, `${name} of "${study.name}"`] as const),
      ),
  );
  const names = keys.slice(0, LISTED).map((key) => places.get(key) ?? key.slice(0, 8));
  return [...names, ...(keys.length > LISTED ? [`and ${keys.length - LISTED} more`] : [])].join(', ');
}

/** One finding for each set, named as the set is. */
async function checkImages({ home, store }: Home): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, folder } of store.imageSets()) {
    const problem = await verifyImageSet(join(home, 'data', folder)).then(() => undefined, messageOf);
    findings.push({
      name: `images ${name} (${folder.slice(0, 8)})`,
      status: problem === undefined ? 'ok' : 'problem',
      text: problem ?? 'They are what was stored.',
    });
  }
  return findings;
}

async function checkPretrained(home: string): Promise<Finding[]> {
  const folder = pretrainedFolder(home);
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.safetensors$/.test(name))
    : [];
  const damaged: string[] = [];
  for (const name of names)
    if (!(await isIntact({ file: join(folder, name), sha256: name.slice(0, 64) }))) damaged.push(join(folder, name));
  if (names.length === 0) return [];
  const text =
    damaged.length === 0
      ? `${counted(names.length, 'pretrained network')}: as stored.`
      : `Damaged: ${damaged.join(', ')}. Delete what is damaged and choose its file again, on the screen Study or with "study run --pretrained".`;
  return [{ name: 'pretrained', status: damaged.length === 0 ? 'ok' : 'problem', text }];
}
