import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { resolveNetwork } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { HEAD_BYTES, shapesInHead } from '../store/safetensors.ts';
import type { Pretrained } from '../common/protocol-parts.ts';

/** Where the first layers of pretrained networks are kept, each by the hash of its content. */
export const pretrainedFolder = (home: string): string => join(home, 'pretrained');

export const pretrainedFile = (home: string, sha256: string): string =>
  join(pretrainedFolder(home), `${sha256}.safetensors`);

/** The checkpoint of a pretrained network. Throws a UserError if it is not in the home. */
export function keptPretrained(home: string, sha256: string): { file: string; sha256: string } {
  const file = pretrainedFile(home, sha256);
  if (existsSync(file)) return { file, sha256 };
  throw new UserError(
    `the pretrained weights that its first layers come from are not in ${home}: choose the file that the study began with again, on the screen Study or with "study run --from" or "--pretrained", then try again`,
  );
}

/**
 * How many layers of a kept pretrained network fit this network, which may be another than the one it was kept for.
 * Reads the head of the file only. Throws a UserError if the file is gone or not even the first layer fits.
 */
export function fittingKept(home: string, wanted: Pretrained, spec: NetworkSpec): Pretrained {
  const shapes = shapesOfKept(home, wanted);
  const { parameters, depth } = resolveNetwork(spec, 2);
  const fits = (n: number) =>
    parameters.every((one) => one.n !== n || shapes.get(one.name)?.join() === one.shape.join());
  let layers = 0;
  while (layers + 1 < depth && fits(layers + 1)) layers += 1;
  if (wanted.head && layers < depth - 1)
    throw new UserError(
      `Layer ${layers + 1} of ${spec.name} does not have the shapes of the file ${wanted.name} any more: choose the file again, and change only how its network is trained.`,
      { usage: true },
    );
  if (layers > 0) return { ...wanted, layers };
  throw new UserError(
    `The pretrained file ${wanted.name} was read for another network than ${spec.name}: choose it again, or leave it out.`,
    { usage: true },
  );
}

function shapesOfKept(home: string, { name, sha256 }: Pretrained): ReadonlyMap<string, readonly number[]> {
  const file = pretrainedFile(home, sha256);
  if (!existsSync(file))
    throw new UserError(
      `The weights of the pretrained file ${name} are no longer in ${home}: choose it again, or leave it out.`,
      { usage: true },
    );
  try {
    return shapesInHead(headOf(file));
  } catch (error) {
    throw new UserError(
      `The stored weights of the pretrained file ${name} can't be used any more (${messageOf(error)}): choose it again, or leave it out.`,
      { usage: true, cause: error },
    );
  }
}

function headOf(file: string): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
