import { marked, type Tokens } from 'marked';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const FOLDERS = ['src-main', 'src-renderer', 'test', 'packaging', 'resources', 'docs', 'tools', '.ci', '.github'];

/** Every file and folder of the repository, as `/src-main/study/plan.ts`; of generated ones only the folders that hold them. */
const paths = [...FOLDERS, ...globSync(['*', ...FOLDERS.map((folder) => `${folder}/**`)], { cwd: ROOT })].map(
  (path) => `/${path.replaceAll('\\', '/')}`,
);

/** Not of the repository: an address, a file of the build, a place in a home folder. */
const ELSEWHERE = /^(\/|out\/|node_modules\/|<)/;
const FILE = /[\w-]\.(ts|js|svelte|json|md|css|csv|txt|yml)$/;

/** What a text names in backticks and in drawings that is a path: it has a slash, or the ending of a source file. */
function pathsNamed(markdown: string): string[] {
  const named: string[] = [];
  marked.walkTokens(marked.lexer(markdown), (token) => {
    if (token.type === 'codespan') named.push((token as Tokens.Codespan).text);
    else if (token.type === 'code' && !(token as Tokens.Code).lang)
      named.push(...((token as Tokens.Code).text.match(/[\w.-]+\/[\w./-]*/g) ?? []));
  });
  return named
    .filter((words) => /^[\w.@<>/-]+$/.test(words) && (words.includes('/') || FILE.test(words)))
    .filter((words) => !ELSEWHERE.test(words));
}

const exists = (path: string): boolean => paths.some((one) => one.endsWith(`/${path.replace(/\/$/, '')}`));

describe.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s', (file) => {
  const named = pathsNamed(readFileSync(join(ROOT, file), 'utf8'));

  it('names only files and folders that are there', () => {
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !exists(path))).toEqual([]);
  });
});

it('tells what is a path from what is none', () => {
  expect(
    pathsNamed('`study/plan/plan.ts`, `a.ts`, `npm test`, `AnB+`, `/uploads/x`, `<home>/engines`, `out/main`'),
  ).toEqual(['study/plan/plan.ts', 'a.ts']);
  expect(pathsNamed('```\n  cli/   shell/ \n  app/workspace/workspace.ts\n```')).toEqual([
    'cli/',
    'shell/',
    'app/workspace/workspace.ts',
  ]);
  expect(exists('study/plan/plan.ts')).toBe(true);
  expect(exists('study/plans.ts')).toBe(false);
});
