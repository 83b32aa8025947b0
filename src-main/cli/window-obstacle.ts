import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What decides whether a window can be shown here. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The id of the user; absent on Windows. */
  readonly uid?: number;
}

/** A clause that says why no program can show a window here; undefined if one can. */
export function displayObstacle({ platform, environment }: Machine): string | undefined {
  if (platform === 'win32') return undefined;
  if (platform === 'darwin')
    return environment.SSH_CONNECTION ? 'this is a session over SSH, without a screen' : undefined;
  return environment.DISPLAY || environment.WAYLAND_DISPLAY
    ? undefined
    : 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
}

/**
 * A clause that says why Electron can't have a sandbox for this user; undefined if it can. It is never run without one.
 */
export function userObstacle({ platform, uid }: Machine): string | undefined {
  return platform === 'linux' && uid === 0
    ? 'Electron has no sandbox when it is run as root; use another user to get a window'
    : undefined;
}

/** Kernel settings that forbid an ordinary program to create the namespaces that a sandbox needs. */
const FORBIDDING: Readonly<Record<string, string>> = {
  'kernel/apparmor_restrict_unprivileged_userns': '1',
  'kernel/unprivileged_userns_clone': '0',
  'user/max_user_namespaces': '0',
};

/** The same for this copy of Electron: an installed one may have a setuid helper, one below node_modules does not. */
export function sandboxObstacle(electron: string, { platform }: Machine, settings = '/proc/sys'): string | undefined {
  if (platform !== 'linux' || isSetuidRoot(join(dirname(electron), 'chrome-sandbox'))) return undefined;
  const forbidding = Object.entries(FORBIDDING).find(([name, value]) => settingOf(join(settings, name)) === value);
  return (
    forbidding && `this system does not allow Electron's sandbox (${forbidding[0].replace('/', '.')}=${forbidding[1]})`
  );
}

function isSetuidRoot(file: string): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status?.uid === 0 && (status.mode & 0o4001) === 0o4001;
}

function settingOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}
