import { format, resolveConfig } from 'prettier';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { idOf, readManual, readPage } from '../../packaging/manual.ts';
import { searchManual } from '../../src-renderer/views/help/search.ts';
import { commandReference } from '../../tools/command-reference.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const DOCS = join(ROOT, 'docs');
/** Bytes: they are in the package and in every clone. */
const MOST_OF_A_PICTURE = 200_000;

const pages = readManual(DOCS);
const markdown = (name: string) => readFileSync(join(DOCS, `${name}.md`), 'utf8');

describe('the manual', () => {
  it('has every page in its index', () => {
    const files = globSync('*.md', { cwd: DOCS }).map((file) => file.slice(0, -'.md'.length));
    expect(pages.map(({ name }) => name).sort()).toEqual(files.sort());
  });

  it('has the command line as the program has it', async () => {
    const file = join(DOCS, 'command-line.md');
    const written = await format(await commandReference(), { ...(await resolveConfig(file)), filepath: file });
    // Where they differ, "npm run docs" writes it anew.
    expect(readFileSync(file, 'utf8')).toBe(written);
  });

  it('names buttons and headings as the screens do', () => {
    const sources = globSync(['src-main/**/*.ts', 'src-renderer/**/*.{ts,svelte}'], { cwd: ROOT });
    const plain = (text: string) => text.replace(/\s+/g, ' ').replaceAll('’', "'").toLowerCase();
    const program = plain(sources.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n'));
    const labels = pages
      .filter(({ name }) => name !== 'citing')
      .flatMap(({ name }) =>
        [...markdown(name).matchAll(/(?<![\w*`])_([A-Z][^_`]+)_(?!\w)/g)].map(([, label]) => label),
      );
    expect(labels.length).toBeGreaterThan(30);
    expect(labels.filter((label) => !program.includes(plain(label)))).toEqual([]);
  });

  it.each(pages.map(({ name }) => name))('%s leads only to places that are there', (name) => {
    const links = [...markdown(name).matchAll(/(?<!!)\[[^\]]*\]\(([^)]+)\)/g)].map(([, href]) => href);
    const lost = links.filter((href) => {
      if (href.startsWith('https://')) return false;
      const [file, heading] = href.split('#');
      if (file && !existsSync(join(DOCS, file))) return true;
      const page = file ? pages.find((one) => `${one.name}.md` === file) : pages.find((one) => one.name === name);
      return heading !== undefined && !page?.sections.some(({ id }) => id === heading);
    });
    expect(lost).toEqual([]);
  });

  it('has every picture that it names, says what it shows, and has no other', () => {
    const named = pages.flatMap(({ name }) => [...markdown(name).matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)]);
    expect(named.filter(([, shows]) => shows.length < 20)).toEqual([]);
    const shown = new Set(named.map(([, , file]) => file));
    const there = globSync('pictures/*', { cwd: DOCS }).map((file) => file.replaceAll('\\', '/'));
    const others = ['README.md', 'CONTRIBUTING.md'].map((file) => readFileSync(join(ROOT, file), 'utf8')).join();
    expect([...shown].filter((file) => !there.includes(file))).toEqual([]);
    expect(there.filter((file) => !shown.has(file) && !others.includes(`docs/${file}`))).toEqual([]);
    expect(there.filter((file) => statSync(join(DOCS, file)).size > MOST_OF_A_PICTURE)).toEqual([]);
  });
});

describe('a page as the window has it', () => {
  const page = (text: string) => readPage('here', text);

  it('shows HTML as text and obeys none', () => {
    const { html } = page('# T\n\n<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b <!-- note -->\n');
    expect(html).not.toMatch(/<script|<img|note/);
    expect(html).toContain('&lt;script&gt;');
  });

  it('has links of the window for pages of the manual, and addresses for what is elsewhere', () => {
    const { html } = page(
      '[a](images.md#some-part) [b](#other) [paper](https://arxiv.org/abs/1) [x](javascript:alert(1))',
    );
    expect(html).toContain('href="#/help/images%23some-part"');
    expect(html).toContain('href="#/help/here%23other"');
    expect(html).toContain('paper (<span class="address">https://arxiv.org/abs/1</span>)');
    expect(html).not.toMatch(/javascript:|href="https/);
  });

  it('calls headings as the public forges do', () => {
    expect(idOf('A study has to move: to `another` machine!')).toBe('a-study-has-to-move-to-another-machine');
    expect(() => page('## Same\n\n## Same\n')).toThrow('#same');
  });

  it('is found by all words of a question, headings first', () => {
    const two = [
      readPage('one', '# One\n\n## Frozen\n\nLayers stay.\n\n## Other\n\nFrozen layers, and Wilson.\n'),
      readPage('two', '# Two\n\nNothing of it.\n'),
    ];
    const found = searchManual(two, 'frozen LAYERS').map(({ section }) => section.title);
    expect(found).toEqual(['Frozen', 'Other']);
    expect(searchManual(two, 'layers wilson').map(({ section }) => section.title)).toEqual(['Other']);
    expect(searchManual(two, 'wilson nothing')).toEqual([]);
    expect(searchManual(two, '  ')).toEqual([]);
  });
});
