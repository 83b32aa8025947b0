import { Marked, Renderer, type Token, type Tokens } from 'marked';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** A part of a page, from one heading to the next: what a search finds. */
export interface ManualSection {
  /** What a link names after `#`; empty for what stands before the first heading of the second level. */
  readonly id: string;
  readonly title: string;
  /** Without markup, in one line. */
  readonly text: string;
}

export interface ManualPage {
  /** The file's name without `.md`. */
  readonly name: string;
  readonly title: string;
  readonly html: string;
  readonly sections: readonly ManualSection[];
}

/** What the window imports; its type is in src-renderer/views/help/manual.d.ts. */
const MODULE = 'virtual:manual';

/** Around the name of a picture, where the build puts its address. */
const MARK = '\0';
const MARKED_PICTURE = /\0(pictures\/[\w.-]+)\0/g;

/**
 * The manual as a module of the window: its Markdown becomes HTML when the program is built, and its pictures files of the
 * build. `folder` holds it.
 */
export function manual(folder: string): Plugin {
  return {
    name: 'manual',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load(id) {
      if (id !== `\0${MODULE}`) return undefined;
      const pages = readManual(folder);
      for (const { name } of pages) this.addWatchFile(join(folder, `${name}.md`));
      return moduleOf(pages, folder);
    },
  };
}

function moduleOf(pages: readonly ManualPage[], folder: string): string {
  const pictures = [
    ...new Set(pages.flatMap(({ html }) => [...html.matchAll(MARKED_PICTURE)].map(([, file]) => file))),
  ];
  const imports = pictures.map((file, place) => {
    const path = join(folder, file);
    // Pictures are made by the built program (tools/screenshots.ts): a new one can't be there before. A test misses it.
    return existsSync(path)
      ? `import picture${place} from ${JSON.stringify(path.replaceAll('\\', '/'))};\n`
      : `const picture${place} = '';\n`;
  });
  const text = JSON.stringify(pages).replace(
    /\\u0000(pictures\/[\w.-]+)\\u0000/g,
    (_, file: string) => `"+picture${pictures.indexOf(file)}+"`,
  );
  return `${imports.join('')}export const pages = ${text};\n`;
}

/** Every page: the index, and those that it names, in its order. */
export function readManual(folder: string): ManualPage[] {
  const read = (name: string) => readFileSync(join(folder, `${name}.md`), 'utf8');
  const names = [...read('README').matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, name]) => name);
  return ['README', ...new Set(names)].map((name) => readPage(name, read(name)));
}

/** One page, given its Markdown. Throws where two of its headings would have the same id. */
export function readPage(name: string, markdown: string): ManualPage {
  const marked = new Marked().setOptions({ renderer: new PageRenderer(name) });
  const tokens = marked.lexer(markdown);
  const sections = [{ id: '', title: '', text: '' }];
  let title = name;
  for (const token of tokens) {
    const words = plain(token);
    const level = token.type === 'heading' ? (token as Tokens.Heading).depth : undefined;
    if (level === 1) title = words;
    else if (level === undefined) sections.at(-1)!.text += ` ${words}`;
    else sections.push({ id: idOf(words), title: words, text: '' });
  }
  const ids = sections.map(({ id }) => id);
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new Error(`${name}.md has two headings that links would call #${twice}`);
  return {
    name,
    title,
    html: marked.parser(tokens),
    sections: sections.map((one) => ({ ...one, text: one.text.replace(/\s+/g, ' ').trim() })),
  };
}

/**
 * HTML of a page. HTML within the Markdown is shown as text, not obeyed; comments are left out. Links to pages of the manual become links of the
 * window; of others the address is shown beside the words, because the window never leaves its page.
 */
class PageRenderer extends Renderer {
  readonly #page: string;

  constructor(page: string) {
    super();
    this.#page = page;
  }

  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return isComment(text) ? '' : escape(text);
  }

  override heading(token: Tokens.Heading): string {
    const words = this.parser.parseInline(token.tokens);
    const id = token.depth === 1 ? '' : ` id="${idOf(plain(token))}" tabindex="-1"`;
    return `<h${token.depth}${id}>${words}</h${token.depth}>\n`;
  }

  override image({ href, text }: Tokens.Image): string {
    return `<img src="${MARK}${escape(href)}${MARK}" alt="${escape(text)}" loading="lazy" />`;
  }

  override link({ href, tokens }: Tokens.Link): string {
    const words = this.parser.parseInline(tokens);
    const own = /^(?:([\w-]+)\.md)?(?:#(.+))?$/.exec(href);
    if (own) return `<a href="${linkTo(own[1] ?? this.#page, own[2])}">${words}</a>`;
    const outside = href.startsWith('https:') && words !== href;
    return outside ? `${words} (<span class="address">${escape(href)}</span>)` : words;
  }

  // What is wider than the page scrolls by itself, by the keyboard as well.
  override code({ text }: Tokens.Code): string {
    return `<pre tabindex="0"><code>${escape(text)}</code></pre>\n`;
  }

  override table(token: Tokens.Table): string {
    return `<div class="table" tabindex="0" role="group" aria-label="Table">${super.table(token)}</div>\n`;
  }
}

/** As the public forges make ids of headings, so that a link works there and here. */
export const idOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** As `linkTo` of the window's route. */
const linkTo = (page: string, id?: string): string => `#/help/${encodeURIComponent(id ? `${page}#${id}` : page)}`;

const isComment = (html: string): boolean => /^<!--[^]*-->\s*$/.test(html);

/** The words of a token and of all within it. */
function plain(token: Token): string {
  const { type, tokens, items, header, rows, text } = token as Tokens.Generic;
  if (type === 'html' && isComment(text as string)) return '';
  if (type === 'table')
    return [header, ...(rows as Tokens.TableCell[][])]
      .flatMap((row: Tokens.TableCell[]) => row.map((cell) => cell.tokens.map(plain).join('')))
      .join(' ');
  if (items) return (items as Token[]).map(plain).join(' ');
  if (tokens) return tokens.map(plain).join(type === 'list_item' ? ' ' : '');
  return typeof text === 'string' ? text : ' ';
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);
