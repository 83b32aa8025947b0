import { readFileSync } from 'node:fs';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

/** What the build wrote into which file; its names are relative to the project. */
const CHUNKS = new URL('../out/main/chunks.json', import.meta.url);

/** Files in `out/main` that these sources (`src-main/index.ts`) were bundled into, with all that they import. */
export function bundlesOf(...sources: string[]): string[] {
  const chunks = JSON.parse(readFileSync(CHUNKS, 'utf8')) as Record<string, Chunk>;
  const found = new Set<string>();
  const follow = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    const { imports = [], dynamicImports = [] } = chunks[name];
    for (const imported of [...imports, ...dynamicImports]) follow(imported);
  };
  for (const source of sources) follow(source);
  return [...found].map((name) => chunks[name].file);
}
