import { randomBytes } from 'node:crypto';
import { sentName } from '../../common/choices.ts';
import { UserError } from '../../errors.ts';
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/**
 * The folder of files that a browser sent, until they are imported: `<home>/uploads/<random>/<name>`. A page has no paths
 * of its own, so an upload gives its bytes one. The random folder keeps two uploads of the same name apart.
 */
const uploadsFolder = (home: string): string => join(home, 'uploads');

const PLACE = /^[0-9a-f]{32}$/;

/** The path of a new folder for one upload, which is not made yet. */
export function newUploadPlace(home: string): string {
  return join(uploadsFolder(home), randomBytes(16).toString('hex'));
}

/** Whether a path is an upload's, however it is written. */
export function isUpload(home: string, path: string): boolean {
  const parts = relative(resolve(uploadsFolder(home)), resolve(path)).split(sep);
  return parts.length === 2 && PLACE.test(parts[0]) && parts[1] !== '..';
}

/** What a person calls an upload. */
export const uploadName = (path: string): string => sentName(basename(path));

/** A sentence about an upload with its name in the place of the path that it was given here. */
export function uploadSentence(sentence: string, path: string): string {
  const name = uploadName(path);
  return sentence.replaceAll(path, () => name).replaceAll(basename(path), () => name);
}

/** An error about an upload, in such a sentence. */
export const namingUpload = (error: unknown, path: string): unknown =>
  error instanceof UserError ? new UserError(uploadSentence(error.message, path)) : error;

/** Removes an upload that was imported or will not be; leaves every other file alone. */
export async function removeUpload(home: string, path: string): Promise<void> {
  if (isUpload(home, path)) await rm(dirname(resolve(path)), { recursive: true, force: true });
}

/**
 * Removes uploads that an earlier process left behind; uploads that come meanwhile stay. The caller must hold the home
 * folder's lock.
 */
export async function clearUploads(home: string): Promise<void> {
  const folder = uploadsFolder(home);
  // The folder is listed before anything can be uploaded, so that whatever it has now is left over.
  const names = existsSync(folder) ? readdirSync(folder) : [];
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
