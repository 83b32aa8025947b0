import { plot, dot } from '@observablehq/plot';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBuffer, type Entry } from 'yauzl';
import { pages, type Page } from '../../src-main/api/pages.ts';
import { chartDocument } from '../../src-main/study/report/figures.ts';

/** Key of a training. */
const RUN = '0123456789abcdef'.repeat(4);
const STUDY = '0123456789ab';
const SECRET = 'not for the window';
let folder: string;
let ask: (path: string) => Promise<Page>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
  for (const name of ['renderer/assets', `home/reports/${STUDY}`, 'home/packed', 'home/data'])
    mkdirSync(join(folder, name), { recursive: true });
  const files = {
    'renderer/index.html': '<!doctype html>',
    'renderer/assets/index-B_x-9.js': 'export {}',
    'renderer/assets/index-a1.css': 'p {}',
    'renderer/.hidden': SECRET,
    'home/secret.json': SECRET,
    'home/reports/secret.csv': SECRET,
    [`home/reports/${STUDY}/report.html`]: '<p>report</p>',
    [`home/reports/${STUDY}/results.csv`]: 'n,accuracy\n',
    [`home/packed/${RUN}.onnx`]: 'a network',
    [`home/packed/${RUN}.exe`]: SECRET,
    [`home/reports/${STUDY}/accuracy-B.svg`]: '<svg/>',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  symlinkSync(join(folder, 'home/secret.json'), join(folder, `home/reports/${STUDY}/link.json`));
  symlinkSync(join(folder, 'home/secret.json'), join(folder, 'renderer/link.json'));
  ask = pages({
    renderer: join(folder, 'renderer'),
    reports: join(folder, 'home/reports'),
    packed: join(folder, 'home/packed'),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const text = ({ body }: Page) => new Response(body).text();
const policyOf = ({ headers }: Page) => headers['content-security-policy'];

describe('what the window is served', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', 'no-store'],
    ['/index.html', 'text/html; charset=utf-8', 'no-store'],
    ['/assets/index-B_x-9.js', 'text/javascript; charset=utf-8', 'private, max-age=31536000, immutable'],
    ['/assets/index-a1.css', 'text/css; charset=utf-8', 'private, max-age=31536000, immutable'],
    [`/reports/${STUDY}/report.html`, 'text/html; charset=utf-8', 'no-store'],
    [`/reports/${STUDY}/results.csv`, 'text/csv; charset=utf-8', 'no-store'],
    [`/reports/${STUDY}/accuracy-B.svg`, 'image/svg+xml; charset=utf-8', 'no-store'],
  ])('%s is %s', async (path, type, cache) => {
    const { status, headers } = await ask(path);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, cache]);
  });

  it('a report is one archive, in a folder of its own', async () => {
    const page = await ask(`/reports/${STUDY}.zip`);
    expect(page.headers['content-disposition']).toBe(`attachment; filename="transplant-${STUDY}.zip"`);
    const names = await entriesOf(Buffer.from(await new Response(page.body).arrayBuffer()));
    const regular = ['accuracy-B.svg', 'report.html', 'results.csv'];
    expect(names).toEqual(regular.map((name) => `transplant-${STUDY}/${name}`));
  });

  it('a saved network is a download, whose name the page gives', async () => {
    const page = await ask(`/packed/${RUN}.onnx`);
    expect(page.headers['content-disposition']).toBe('attachment');
    expect(page.headers['content-type']).toBe('application/octet-stream');
    expect(await text(page)).toBe('a network');
    for (const path of [`/packed/${RUN}.exe`, `/packed/${RUN.slice(1)}.onnx`, `/packed/${RUN}.safetensors`])
      expect((await ask(path)).status, path).toBe(404);
  });

  it('a report that was never written is not found', async () => {
    for (const path of ['/reports/ffffffffffff.zip', '/reports/ffffffffffff/report.html', '/reports', '/assets'])
      expect((await ask(path)).status, path).toBe(404);
  });
});

describe('what the window is not served', () => {
  it.each([
    '/.hidden',
    '/link.json',
    `/reports/${STUDY}/link.json`,
    '/../home/secret.json',
    '/%2e%2e/home/secret.json',
    '/assets/..%2f..%2fhome%2fsecret.json',
    '/..\\home\\secret.json',
    '/reports/secret.csv',
    '/reports/../secret.json',
    `/reports/${STUDY}/../../secret.json`,
    `/reports/${STUDY}/..`,
    `/reports/${STUDY}/report.html\0.png`,
    `/reports/${STUDY}/report.html::$DATA`,
    '//etc/passwd',
    '/C:/Windows/win.ini',
    '',
    'index.html/',
  ])('%j', async (path) => {
    const page = await ask(path);
    expect(page.status).toBe(404);
    expect(await text(page)).not.toContain(SECRET);
  });

  it('whatever is asked for, files outside of the two folders stay unread', async () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '\0',
      'home',
      'reports',
      STUDY,
      'secret.json',
      '',
    );
    const path = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((pieces) => `/${pieces.join('/')}`),
    );
    await fc.assert(
      fc.asyncProperty(path, async (asked) => {
        const page = await ask(asked);
        expect(await text(page)).not.toContain(SECRET);
        expect(policyOf(page)).toContain("default-src 'none'");
      }),
    );
  });
});

describe('security headers', () => {
  it('the window runs scripts of its own origin only', async () => {
    const directives = new Set(policyOf(await ask('/')).split('; '));
    for (const directive of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(directives).toContain(directive);
    expect([...directives].join()).not.toMatch(/unsafe|https?:|\*/);
  });

  it('a report runs no script at all', async () => {
    const policy = policyOf(await ask(`/reports/${STUDY}/report.html`));
    expect(policy).not.toContain('script-src');
    expect(policy.split('; ')).toEqual(expect.arrayContaining(["default-src 'none'", 'sandbox']));
  });

  it('every answer carries them, 404 as well', async () => {
    for (const path of ['/', '/nothing', `/reports/${STUDY}.zip`, `/reports/${STUDY}/results.csv`])
      expect((await ask(path)).headers, path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
  });

  it('a web socket of the host may be named', async () => {
    const served = pages({
      renderer: join(folder, 'renderer'),
      reports: folder,
      packed: folder,
      sockets: ['ws://127.0.0.1:4000'],
    });
    expect(policyOf(await served('/'))).toContain("connect-src 'self' ws://127.0.0.1:4000;");
  });

  it('the style that Observable Plot puts into its charts is let through', async () => {
    const [style] = plot({ document: chartDocument, marks: [dot([[1, 2]])] }).querySelectorAll('style');
    const hash = createHash('sha256').update(style.textContent).digest('base64');
    expect(policyOf(await ask('/'))).toContain(`style-src 'self' 'sha256-${hash}'`);
  });
});

function entriesOf(zip: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) =>
    fromBuffer(zip, (error, file) => {
      if (error) return reject(error);
      const names: string[] = [];
      file.on('entry', (entry: Entry) => names.push(entry.fileName)).on('end', () => resolve(names));
    }),
  );
}
