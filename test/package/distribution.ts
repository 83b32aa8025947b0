import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ELECTRON = join(import.meta.dirname, '../../node_modules/electron/dist');

/** Where Electron's download put it, if it did. */
export const electronDistribution = (): string | undefined =>
  existsSync(join(ELECTRON, 'electron')) ? ELECTRON : undefined;

/** @electron/fuses finds the wire behind these letters. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** Version 1, eight fuses, as Electron 45 is delivered: run as Node, NODE_OPTIONS and --inspect on, what guards off. */
const WIRE = ['\x01', '\x08', ...'10110001'].join('');

/** Files of Electron's distribution for Linux. */
const FILES: Readonly<Record<string, string>> = {
  electron: `#!/bin/sh\necho "This stands in for Electron."\nexit\n${SENTINEL}${WIRE}\n`,
  LICENSE: 'The licence of Electron.\n',
  'LICENSES.chromium.html': '<p>Licences of Chromium.</p>\n',
  'locales/en-US.pak': '',
  'locales/de.pak': '',
  'chrome-sandbox': '',
  chrome_crashpad_handler: '',
  'icudtl.dat': '',
  'libffmpeg.so': '',
  'resources.pak': '',
  'snapshot_blob.bin': '',
  'v8_context_snapshot.bin': '',
};

/** Writes what electron-builder takes for a distribution of Electron, where Electron's own is not to be had. */
export function standInDistribution(folder: string): string {
  for (const [file, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content, { mode: 0o755 });
  }
  return folder;
}
