import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Component {
  readonly type: 'application' | 'library' | 'framework';
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly expression: string }[];
  /** What a package of native code was compiled from. */
  readonly components?: readonly Component[];
}

const readJson = (file: string): Record<string, string> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;

/**
 * The package's software bill of materials, CycloneDX 1.6 (cyclonedx.org/docs/1.6/json): every package of npm whose code is in
 * it, and Electron. The same packages give the same text.
 *
 * @param root the project's folder
 * @param folders those of the packages
 */
export function sbom(root: string, folders: readonly string[]): string {
  const { name, version, license } = readJson(join(root, 'package.json'));
  const components = [...folders, join(root, 'node_modules', 'electron')].map(componentOf);
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name, version, licenses: [{ expression: license }] } },
    components: components.sort((a, b) => (a.purl! < b.purl! ? -1 : 1)),
  };
  return `${JSON.stringify(bill, null, 1)}\n`;
}

function componentOf(folder: string): Component {
  const { name, version, license } = readJson(join(folder, 'package.json'));
  // libvips tells what it was linked with.
  const parts = join(folder, 'versions.json');
  return {
    type: name === 'electron' ? 'framework' : 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(license && { licenses: [{ expression: license }] }),
    ...(existsSync(parts) && {
      components: Object.entries(readJson(parts)).map(([part, of]) => ({ type: 'library', name: part, version: of })),
    }),
  };
}
