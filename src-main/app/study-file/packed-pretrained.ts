import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { isStatistic, resolveNetwork } from '../../network/network.ts';
import { readCheckpoint } from '../../store/checkpoints.ts';
import type { Protocol } from '../../study/plan/protocol.ts';
import { pretrainedFile } from '../../pretrained/kept.ts';
import { type StudyArchive, Unusable } from './archive.ts';
import { pretrainedEntry } from './format.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

type Studied = Pick<Protocol, 'pretrained' | 'network'>;

/** Copies the pretrained network that came with a study, checked against its hash and the network. Throws Unusable. */
export async function copyPretrained(
  archive: StudyArchive,
  { pretrained, network }: Studied,
  folder: string,
): Promise<void> {
  if (!pretrained) return;
  const { head, layers } = pretrained;
  const { parameters, depth } = resolveNetwork(network, head?.classes || 2);
  if (layers >= depth) throw new Unusable('its pretrained network has more layers than its networks take');
  const name = pretrainedEntry(pretrained.sha256);
  if (!archive.has(name)) return;
  const file = unpackedPretrained(folder);
  const { sha256 } = await archive.copy(name, file);
  if (sha256 !== pretrained.sha256) throw new Unusable(`${name} does not have the hash in its name`);
  const wanted = parameters.filter(({ n }) => n <= (head?.classes ? depth : layers));
  const moments = head ? [] : wanted.filter((parameter) => !isStatistic(parameter));
  const { step } = await readCheckpoint({ file, sha256 }, { parameters: wanted, moments }).catch((error: unknown) => {
    throw error instanceof UserError ? new Unusable(`${name} is of another network or damaged`) : error;
  });
  if (step !== 0) throw new Unusable(`${name} is not a pretrained network`);
}

/** The path in the home for an unpacked pretrained network; undefined where none was unpacked, or the home has it. */
export function pretrainedDestination(home: string, unpacked: string, { pretrained }: Studied): string | undefined {
  if (!pretrained || !existsSync(unpackedPretrained(unpacked))) return undefined;
  const place = pretrainedFile(home, pretrained.sha256);
  return existsSync(place) ? undefined : place;
}

export function movePretrained(unpacked: string, place: string): void {
  mkdirSync(dirname(place), { recursive: true, mode: OWNER_ONLY.folder });
  renameSync(unpackedPretrained(unpacked), place);
}

// A study's file unpacks to a folder with a store, as a home has it, beside which are checkpoints and a pretrained network.
export const checkpointFile = (folder: string, key: string): string => join(folder, `${key}.safetensors`);
const unpackedPretrained = (folder: string): string => join(folder, 'pretrained.safetensors');
