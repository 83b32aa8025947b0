import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

interface Lockfile {
  packages: Record<string, { version?: string; hasInstallScript?: boolean; resolved?: string }>;
}
const lockfile = JSON.parse(read('package-lock.json')) as Lockfile;
const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };

function npmAsks(): boolean {
  const [major, minor] = execFileSync('npm', ['--version'], { encoding: 'utf8' }).split('.').map(Number);
  return major > 11 || (major === 11 && minor >= 19);
}

/** The first versions without the advisories that older ones have. */
const MENDED = { tar: '7.5.23', 'adm-zip': '0.6.1' };

describe('a fresh clone', () => {
  it('has no package of a version with an advisory, not among the optional ones either', () => {
    const older = Object.entries(lockfile.packages).filter(([path, { version }]) => {
      const least = MENDED[path.split('node_modules/').at(-1) as keyof typeof MENDED];
      return least !== undefined && version!.localeCompare(least, 'en', { numeric: true }) < 0;
    });
    expect(older).toEqual([]);
  });

  it('installs quietly: every package with an install script is approved or denied by name', () => {
    const scripted = Object.entries(lockfile.packages)
      .filter(([, entry]) => entry.hasInstallScript)
      .map(([path]) => path.split('node_modules/').at(-1)!);
    expect(scripted.filter((name) => !(name in allowScripts) && name !== 'fsevents')).toEqual([]);
  });

  // Older npm runs install scripts without asking.
  it.skipIf(!npmAsks())('leaves npm nothing to ask about install scripts', () => {
    const answer = execFileSync('npm', ['install-scripts', 'ls'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(answer).toContain('No packages with unreviewed install scripts.');
  });

  it('names no registry: packages come from wherever npm is told to look', () => {
    const places = Object.values(lockfile.packages).flatMap(({ resolved }) => resolved ?? []);
    expect(places.filter((place) => /^https?:/.test(place))).toEqual([]);
  });

  it('lets native downloads fail: what needs one is optional', () => {
    const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as {
      dependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
    };
    expect(Object.keys(optionalDependencies)).toContain('@tensorflow/tfjs-node-gpu');
    expect(Object.keys(dependencies)).not.toContain('@tensorflow/tfjs-node-gpu');
    expect(allowScripts['onnxruntime-node']).toBe(false);
  });
});
