import { readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { PACKAGE_FILE, programVersion } from '../process/program.ts';

/** Milliseconds that the place has to answer. */
const PATIENCE = 10_000;

/** What package.json may say of where the program comes from. */
interface Origin {
  readonly repository?: string | { readonly url?: string };
  readonly homepage?: string;
}

/** The web page of the program's repository, or its home page, as the package names them; undefined where it names none. */
export function updatePlace(
  { repository, homepage }: Origin = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as Origin,
): string | undefined {
  const url = typeof repository === 'string' ? repository : repository?.url;
  const page = url?.replace(/^git\+/, '').replace(/\.git$/, '') ?? homepage;
  return page !== undefined && /^https?:\/\//.test(page) ? page.replace(/\/$/, '') : undefined;
}

/**
 * Asks the place for its newest release, once: by the address `releases/latest`, which leads forges to the page of that version.
 * Only ever called because a person pressed a button. Throws a UserError where there is no place or no version.
 */
export async function lookForUpdate({
  place = updatePlace(),
  current = programVersion(),
  signal,
}: {
  readonly place?: string;
  readonly current?: string;
  readonly signal?: AbortSignal;
} = {}): Promise<{ version: string; newer: boolean; page: string }> {
  if (place === undefined) throw new UserError('This build names no place to look for newer versions.');
  const timeout = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(`${place}/releases/latest`, {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((error: unknown) => {
    throw new UserError(`${place} does not answer: is this machine connected? Nothing was changed.`, { cause: error });
  });
  void answer.body?.cancel();
  const [, version] = /\/v?(\d+\.\d+\.\d+)$/.exec(new URL(answer.url).pathname) ?? [];
  if (!answer.ok || version === undefined) throw new UserError(`${place} names no released version yet.`);
  return { version, newer: compare(version, current) > 0, page: answer.url };
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[.+-]/).slice(0, 3).map(Number));
  const place = a.findIndex((number, i) => number !== b[i]);
  return place === -1 ? 0 : a[place] - b[place];
}
