import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { installedBinary } from '../../src-main/cli/window/obstacles.ts';
import { hasChromium } from '../chromium.ts';
import { launchDouble, startDouble } from './launch-double.ts';
import { launchElectron, startElectron } from './launch-electron.ts';

type Electron = typeof import('electron');

/** The shell as a test sees it: in Electron, or its bundles on the double. */
export interface RunningShell {
  /** Runs a function in main, given Electron's modules. It sees nothing of the test but its argument. */
  evaluate<Result, Argument>(
    run: (electron: Electron, argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result>;
  /** The window's page, once it is there. */
  page(): Promise<Page>;
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly exited: Promise<number | string | null>;
  signal(name: NodeJS.Signals): void;
  /** Ends it whatever it does; for the end of a test. */
  end(): Promise<void>;
}

export interface Launch {
  readonly home: string;
  /** Where Electron keeps profiles: below the home of the user in life, in a folder of the test's own here. */
  readonly profiles: string;
  /** Further arguments. */
  readonly words?: readonly string[];
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A package, where it is not the built program in the project: Electron's executable, and its main for the double. */
  readonly packaged?: { readonly executable: string; readonly main: string };
}

const ROOT = new URL('../../', import.meta.url).pathname;
const electron = installedBinary(join(ROOT, 'node_modules/electron'));
const display = process.platform !== 'linux' || process.env.DISPLAY || existsSync('/usr/bin/Xvfb');

/** `nothing`: neither Electron nor a Chromium for the double is there. */
export const used: 'electron' | 'double' | 'nothing' =
  electron && display ? 'electron' : hasChromium ? 'double' : 'nothing';

export const launch = (options: Launch): Promise<RunningShell> =>
  used === 'electron' ? launchElectron(electron!, options) : launchDouble(options);

/** Starts it again where it runs, and resolves to the exit code: the second hands its words to the first and ends. */
export const startAgain = (options: Launch): Promise<number | string | null> =>
  used === 'electron' ? startElectron(electron!, options) : startDouble(options);

/** The text of page-client.ts with its library, to be run in the page. */
export async function pageClient(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry: new URL('page-client.ts', import.meta.url).pathname, formats: ['iife'], name: 'client' },
    },
  });
  const [{ output }] = built as { output: { code: string }[] }[];
  return output[0].code;
}
