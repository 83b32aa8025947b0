import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import {
  TensorProto_DataLocation as DataLocation,
  type ModelProto,
  type StringStringEntryProto,
} from '../../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../errors.ts';

/** Bytes of all tensors together that are read from beside a model. */
const MOST_BYTES = 2 ** 31;

/** Values that a model has in files of its own folder (https://onnx.ai/onnx/repo-docs/ExternalData.html), and nowhere else. */
export class ExternalData {
  readonly #folder: string | undefined;
  #left = MOST_BYTES;

  /** @param folder the folder of the model; absent: it has none, and no files beside it */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** The bytes of a tensor: from `offset` on so many as `length` says, or all. Throws a UserError, one clause. */
  bytes(entries: readonly StringStringEntryProto[]): Uint8Array {
    const entry = (name: string) => entries.find(({ key }) => key === name)?.value;
    const location = entry('location') ?? '';
    const descriptor = this.#open(location);
    try {
      const { size } = fstatSync(descriptor);
      const offset = Number(entry('offset') ?? 0);
      const wanted = Number(entry('length') ?? size - offset);
      if (!(Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(wanted) && offset + wanted <= size))
        throw new UserError(`the file ${shown(location)} beside it ends too early; copy it again`);
      if (wanted > this.#left) throw new UserError('the files beside it hold more than 2 GiB of weights');
      this.#left -= wanted;
      const bytes = new Uint8Array(wanted);
      for (let at = 0; at < wanted;) {
        const read = readSync(descriptor, bytes, at, wanted - at, offset + at);
        if (read === 0) throw new UserError(`the file ${shown(location)} beside it ends too early; copy it again`);
        at += read;
      }
      return bytes;
    } finally {
      closeSync(descriptor);
    }
  }

  #open(location: string): number {
    const isPlain = location !== '' && !isAbsolute(location) && !/(^|[/\\])\.\.([/\\]|$)|\0|^[A-Za-z]:/.test(location);
    if (!isPlain) throw new UserError(`its weights are in ${shown(location)}, which is not in its folder`);
    if (this.#folder === undefined)
      throw new UserError(`its weights are in another file, ${shown(location)}; save the model as one file`);
    try {
      const folder = realpathSync(this.#folder);
      const file = realpathSync(join(folder, location));
      if (dirname(file) !== folder && !file.startsWith(join(folder, '/')))
        throw new UserError(`its weights are in ${shown(location)}, which is not in its folder`);
      // To open a pipe would wait until somebody writes into it.
      if (!statSync(file).isFile())
        throw new UserError(
          `its weights are in ${shown(location)}, which is not a regular file; put that file beside it`,
        );
      return openSync(file, 'r');
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(`its weights are in ${shown(location)}, which can't be read; put that file beside it`, {
        cause,
      });
    }
  }
}

const shown = (location: string): string => JSON.stringify(location.slice(0, 80));

/** Puts the values of a model's files beside it into the model. */
export function takeIn({ graph }: ModelProto, files: ExternalData): void {
  const settings = graph?.node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? [])) ?? [];
  for (const tensor of [...(graph?.initializer ?? []), ...settings]) {
    if (tensor.dataLocation !== DataLocation.EXTERNAL) continue;
    tensor.rawData = files.bytes(tensor.externalData);
    tensor.externalData = [];
    tensor.dataLocation = DataLocation.DEFAULT;
  }
}
