import asar from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_LIBRARY, IN_ARCHIVE, IN_PROCESSES, NATIVE, UNWANTED, withoutVersion } from './contents.ts';
import { filesBelow, packageProgram, type Packaged } from './packaged.ts';
import { runSmokeStudy } from './smoke-study.ts';

/** Bytes, besides Electron. */
const MOST = 260e6;
const LINUX = process.platform === 'linux';
const OFF = '0'.charCodeAt(0);
const ON = '1'.charCodeAt(0);
/** Electron takes care of V8's snapshots and of what file: may do; all others are of ours to turn. */
const FUSES: readonly [fuse: FuseV1Options, state: number][] = [
  [FuseV1Options.RunAsNode, OFF],
  [FuseV1Options.EnableCookieEncryption, ON],
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable, OFF],
  [FuseV1Options.EnableNodeCliInspectArguments, OFF],
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, ON],
  [FuseV1Options.OnlyLoadAppFromAsar, ON],
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot, OFF],
  [FuseV1Options.GrantFileProtocolExtraPrivileges, OFF],
];

if (!LINUX) process.stderr.write('Skipped: the package. Its contents are listed for Linux only.\n');

describe.skipIf(!LINUX)('the package', () => {
  let folder: string;
  let packaged: Packaged;
  let archive: string;
  /** Paths within the archive, unpacked ones too, and within `processes`. */
  let inArchive: string[];
  let inProcesses: string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    packaged = packageProgram(folder);
    archive = join(packaged.resources, 'app.asar');
    inArchive = filesOf(asar.getRawHeader(archive).header).map(([path]) => path);
    inProcesses = filesBelow(join(packaged.resources, 'processes'));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has the program and nothing else', () => {
    const own = filesBelow(packaged.folder).filter((file) => !electronFiles(packaged).has(file));
    expect(own.filter((file) => !file.startsWith('resources/processes/'))).toEqual([
      'resources/app.asar',
      `resources/app.asar.unpacked/${DATABASE_LIBRARY}`,
    ]);
    expect(inArchive.filter((file) => !IN_ARCHIVE.test(file))).toEqual([]);
    const native = inProcesses.filter((file) => !IN_PROCESSES.test(file));
    expect(native.map(withoutVersion).sort()).toEqual([...NATIVE].sort());
    expect([...inArchive, ...inProcesses].filter((file) => UNWANTED.test(file))).toEqual([]);
  });

  it('keeps the licences of Electron and Chromium', () => {
    const kept = filesBelow(packaged.folder).filter((file) => /^LICENSE/.test(file));
    expect(kept.sort()).toEqual(['LICENSE.electron.txt', 'LICENSES.chromium.html']);
  });

  it('takes no more than 260 MB besides Electron', () => {
    const own = filesBelow(packaged.folder).filter((file) => !electronFiles(packaged).has(file));
    const bytes = own.reduce((sum, file) => sum + statSync(join(packaged.folder, file)).size, 0);
    process.stderr.write(`The package takes ${Math.round(bytes / 1e6)} MB besides Electron.\n`);
    expect(bytes).toBeLessThan(MOST);
  });

  it('has all that its bundles import', () => {
    const main = (file: string) => asar.extractFile(archive, file).toString();
    expect(unresolved(inArchive, main)).toEqual([]);
    const child = (file: string) => readFileSync(join(packaged.resources, 'processes', file), 'utf8');
    expect(unresolved(inProcesses, child)).toEqual([]);
  });

  it('has a hash of every file in its archive', () => {
    for (const [path, { integrity, unpacked }] of filesOf(asar.getRawHeader(archive).header)) {
      const bytes = unpacked ? readFileSync(join(`${archive}.unpacked`, path)) : asar.extractFile(archive, path);
      expect([path, integrity]).toMatchObject([path, { algorithm: 'SHA256', hash: sha256(bytes) }]);
    }
  });

  it('has the fuses of a program that is only what it is', async () => {
    const wire = await getCurrentFuseWire(packaged.executable);
    expect(FUSES.map(([fuse]) => [FuseV1Options[fuse], wire[fuse]])).toEqual(
      FUSES.map(([fuse, state]) => [FuseV1Options[fuse], state]),
    );
  });

  it('has the licence of everything in it', () => {
    const licences = asar.extractFile(archive, 'out/renderer/licences.txt').toString();
    const named = new Set(licences.split(/^=+$/m).flatMap((section) => section.trim().split('\n\n')[0].split('\n')));
    const packed = [...inArchive, ...inProcesses].flatMap(
      (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
    );
    // One of each bundle that is not packed as a package.
    for (const name of new Set([
      ...packed,
      'svelte',
      'bits-ui',
      'zod',
      'linkedom',
      '@orpc/client',
      '@bufbuild/protobuf',
    ]))
      expect([...named].filter((line) => line.startsWith(`${name} `))).toHaveLength(1);
    expect(licences).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
    expect(licences).toMatch(/may be replaced by\nanother version of it/);
    expect(licences).toMatch(/Node\.js is licensed for use as follows/);
  });

  it('has a bill of materials that names the same packages, and Electron', () => {
    const of = (file: string) => asar.extractFile(archive, `out/renderer/${file}`).toString();
    const { components } = JSON.parse(of('sbom.json')) as { components: { name: string; version: string }[] };
    const lines = of('licences.txt').split('\n');
    expect(
      components.filter(
        ({ name, version }) => name !== 'electron' && !lines.some((line) => line.startsWith(`${name} ${version}`)),
      ),
    ).toEqual([]);
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['electron', 'sharp', 'svelte', 'node']));
  });

  it(
    'starts, trains with its own Node, writes the report, and reaches nobody',
    () => runSmokeStudy(packaged, folder),
    600_000,
  );
});

interface Entry {
  readonly files?: Readonly<Record<string, Entry>>;
  readonly unpacked?: boolean;
  readonly integrity?: { readonly algorithm: string; readonly hash: string };
}

function filesOf(folder: Entry, path = ''): [path: string, entry: Entry][] {
  return Object.entries(folder.files ?? {}).flatMap(([name, entry]) => {
    const below = posix.join(path, name);
    return entry.files ? filesOf(entry, below) : [[below, entry] as [string, Entry]];
  });
}

/** Files of Electron's distribution by the names that they have in a package. */
function electronFiles({ distribution }: Packaged): Set<string> {
  const renamed: Record<string, string> = { electron: 'transplant', LICENSE: 'LICENSE.electron.txt' };
  return new Set(filesBelow(distribution).map((file) => renamed[file] ?? file));
}

/** What bundles among these files import and would not find. `../` is in comments only: they are flat. TensorFlow is left out, and what needs it says so. */
function unresolved(files: readonly string[], read: (file: string) => string): string[] {
  const there = new Set(files);
  const isThere = (file: string, name: string): boolean =>
    name.startsWith('.')
      ? there.has(posix.join(posix.dirname(file), name))
      : isBuiltin(name) || name === 'electron' || name.startsWith('@tensorflow/') || isInPackage(name);
  const isInPackage = (name: string): boolean => {
    const owner = name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/');
    const folder = `node_modules/${owner}`;
    if (!there.has(`${folder}/package.json`) || name === owner) return there.has(`${folder}/package.json`);
    const { exports } = JSON.parse(read(`${folder}/package.json`)) as { exports: Record<string, string> };
    return there.has(posix.join(folder, exports[`.${name.slice(owner.length)}`]));
  };
  return files
    .filter((file) => file.startsWith('out/main/'))
    .flatMap((file) => {
      const imports = read(file).matchAll(
        /^(?:import|export)\b[^;'"]*["']([^"']+)["'];?$|\bimport\("((?!\.\.)[^"]+)"\)/gm,
      );
      return [...imports]
        .map(([, fixed, late]) => fixed ?? late)
        .filter((name) => !isThere(file, name))
        .map((name) => `${file}: ${name}`);
    });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
