import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { PACKED } from './packages.ts';
import { sbom } from './sbom.ts';

/** Texts that packages don't bring themselves, below the project's folder. */
const TEXTS = 'resources/licences';

/** Of the fonts that figures are lettered in. */
const FONTS = 'resources/fonts/LICENCE.txt';

/** Which of those texts belong to which packages; they stand beside what the package brings. */
const FURTHER: readonly [packages: RegExp, file: string][] = [
  [/^node$/, 'node.txt'],
  [/^onnxruntime-/, 'onnxruntime.txt'],
  // On Windows the library is in the package of sharp itself.
  [/^@img\/sharp-(libvips|win32)-/, 'libvips.txt'],
];

const RULE = '='.repeat(80);

/**
 * Gathers the licences of every package whose code is in a bundle or packed beside, in one file. `collect` looks into a
 * bundle; `write` does so, too, and then adds the files `licences.txt` and `sbom.json` to it: it is the plugin of the last
 * bundle. A package without a licence ends the build. `root` is the project's folder.
 */
export function licences(root: string): { collect: Plugin; write: Plugin } {
  const folders = new Set<string>();
  for (const name of PACKED) {
    const folder = join(root, 'node_modules', name);
    // Those for other platforms are not installed.
    if (existsSync(folder)) folders.add(folder);
  }
  const collect: Plugin['generateBundle'] = (_options, bundle) => {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue;
      for (const id of file.moduleIds) {
        const folder = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0];
        if (folder && !folder.startsWith('\0')) folders.add(folder);
      }
    }
  };
  return {
    collect: { name: 'collect-licences', generateBundle: collect },
    write: {
      name: 'write-licences',
      generateBundle(...words) {
        collect.apply(this, words);
        this.emitFile({ type: 'asset', fileName: 'licences.txt', source: licencesText(root, [...folders]) });
        this.emitFile({ type: 'asset', fileName: 'sbom.json', source: sbom(root, [...folders]) });
      },
    },
  };
}

/** The licences of the packages in these folders. Packages with the same text stand above it together. */
export function licencesText(root: string, folders: readonly string[]): string {
  const packages = new Map<string, Set<string>>();
  for (const folder of folders) {
    const { name, text } = packageLicence(root, folder);
    packages.set(text, (packages.get(text) ?? new Set()).add(name));
  }
  const sections = [...packages].map(([text, names]) => `${[...names].sort().join('\n')}\n\n${text}\n`).sort();
  const own = `Transplant\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}\n`;
  const fonts = readFileSync(join(root, FONTS), 'utf8');
  return [own, ...sections, fonts].join(`\n${RULE}\n`);
}

function packageLicence(root: string, folder: string): { name: string; text: string } {
  const description = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  const { name, version, license } = description;
  const brought = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => join(folder, file));
  const further = FURTHER.filter(([packages]) => packages.test(name)).map(([, file]) => file);
  const added = [...further, `${name.replace('/', '__')}.txt`]
    .map((file) => join(root, TEXTS, file))
    .filter((file) => existsSync(file));
  const texts = new Set([...brought, ...added].map((file) => readFileSync(file, 'utf8').trim()));
  if (texts.size === 0)
    throw new Error(`${name} ${version} has no licence text in ${folder}; one may be put into ${TEXTS}.`);
  return { name: `${name} ${version}${license ? `, ${license}` : ''}`, text: [...texts].join('\n\n') };
}
