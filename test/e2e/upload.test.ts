import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, dirname } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTar } from '../../src-main/data/import/tar.ts';
import { openBrowserHost, type BrowserHostOptions } from '../../src-main/host/browser-host.ts';
import { hasChromium, openChromium } from '../chromium.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** A page of nothing but a place to drop files on; what was dropped is sent, and what became of it is its text. */
const DROP = `
  import { chosenFiles, droppedFiles } from './src-renderer/upload/dropped.js';
  import { tarOf } from './src-renderer/upload/tar.js';
  import { upload } from './src-renderer/upload/upload.js';
  import { PACKED_FOLDER } from './src-main/common/choices.js';
  const stop = new AbortController();
  const authorization = 'Bearer ' + location.hash.replace('#token=', '');
  document.querySelector('button').onclick = () => stop.abort();
  const send = async (dropping) => {
    try {
      const dropped = await dropping;
      const [name, blob] = 'archive' in dropped ? [dropped.name, dropped.archive] : [dropped.name + PACKED_FOLDER, tarOf(dropped.files)];
      const onProgress = (sent, total) => (document.querySelector('progress').value = sent / total);
      document.querySelector('output').value = (await upload(name, blob, { signal: stop.signal, onProgress, authorization })).path;
    } catch (error) {
      document.querySelector('output').value = error.name + ': ' + error.message;
    }
  };
  document.body.ondragover = (event) => event.preventDefault();
  document.body.ondrop = (event) => (event.preventDefault(), send(droppedFiles(event.dataTransfer)));
  document.querySelector('input').onchange = ({ target }) => send(chosenFiles(target.files));
  document.title = 'Ready';
`;
const PAGE = `<!doctype html><title>Drop</title><body><main><h1>Drop</h1><output></output><progress></progress>
  <button>Cancel</button><input type="file" webkitdirectory /></main><script type="module" src="/assets/drop.js"></script>`;

/** The page's own modules, as a browser can load them. */
function writePage(folder: string): string {
  const source = new URL('../../', import.meta.url);
  const renderer = ['upload/dropped', 'upload/tar', 'upload/upload', 'text/upload', 'text/welcome'];
  const common = ['numbers', 'choices'];
  const modules = [
    ...renderer.map((name) => `src-renderer/${name}`),
    ...common.map((name) => `src-main/common/${name}`),
  ];
  // Without its token a page gets nothing else.
  const assets = join(folder, 'assets');
  for (const name of modules) {
    const to = join(assets, `${name}.js`);
    mkdirSync(dirname(to), { recursive: true });
    const script = stripTypeScriptTypes(readFileSync(new URL(`${name}.ts`, source), 'utf8'));
    writeFileSync(to, script.replace(/(from '[^']+)\.ts'/g, "$1.js'"));
  }
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(assets, 'drop.js'), DROP);
  return folder;
}

describe.skipIf(!hasChromium)('files that are dropped on a page in a real browser', () => {
  async function open(options: Partial<BrowserHostOptions> = {}) {
    const home = temporaryFolder();
    const renderer = writePage(temporaryFolder());
    const host = await openBrowserHost({
      home,
      renderer,
      port: 0,
      closed: () => undefined,
      connect: () => {},
      ...options,
    });
    onTestFinished(() => host.close());
    const context = await (await openChromium()).newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(host.link);
    // The script has run: nothing hears a drop before.
    await expect.poll(() => page.title()).toBe('Ready');
    return { home, page, host };
  }

  /** As from a file manager. */
  async function drop(page: Page, files: string[]): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files, dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await session.send('Input.dispatchDragEvent', { type, x: 100, y: 100, data });
  }

  const said = async (page: Page): Promise<string> => {
    await expect.poll(() => page.locator('output').innerText(), { timeout: 30_000 }).not.toBe('');
    return page.locator('output').innerText();
  };

  const pathsIn = async (archive: string): Promise<string[]> =>
    (await openTar({ path: archive })).files.map(({ path }) => path);

  /** A large file that takes no room. */
  function sparse(path: string, bytes: number): void {
    writeFileSync(path, '');
    truncateSync(path, bytes);
  }

  function birds(): string {
    const folder = join(temporaryFolder(), 'Vögel');
    for (const name of ['Spatz', 'Fink'])
      for (let image = 0; image < 150; image++) {
        mkdirSync(join(folder, name), { recursive: true });
        writeFileSync(join(folder, name, `${image}.png`), `${name} ${image}`);
      }
    return folder;
  }

  it('a folder arrives as an archive of all that is in it', async () => {
    const { page } = await open();
    await drop(page, [birds()]);
    const archive = await said(page);
    expect(archive).toMatch(/\/uploads\/[0-9a-f]{32}\/Vögel\.folder\.tar$/);
    const source = await openTar({ path: archive });
    expect(source.files).toHaveLength(300);
    for await (const file of source.read(new Set(['Vögel/Fink/149.png']))) {
      const pieces = await Array.fromAsync(file.content());
      expect(Buffer.concat(pieces).toString()).toBe('Fink 149');
    }
  });

  it('a folder that is chosen arrives as one that is dropped', async () => {
    const { page } = await open();
    await page.locator('input').setInputFiles(birds());
    expect(await pathsIn(await said(page))).toHaveLength(300);
  });

  it('an archive arrives as it is', async () => {
    const { page } = await open();
    const archive = join(temporaryFolder(), 'birds.zip');
    writeFileSync(archive, Buffer.alloc(3_000_000, 'PK'));
    await drop(page, [archive]);
    expect(readFileSync(await said(page)).equals(readFileSync(archive))).toBe(true);
    expect(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value)).toBe(1);
  });

  it('what does not fit is refused with the reason, though it is large', async () => {
    const { page, home } = await open({ freeBytes: async () => 1e9 });
    const archive = join(temporaryFolder(), 'birds.zip');
    sparse(archive, 600_000_000);
    await drop(page, [archive]);
    expect(await said(page)).toMatch(
      /^Error: There is no space for it in .*: it has 572 MiB, and 442 MiB can be used there;/,
    );
    expect(existsSync(join(home, 'uploads'))).toBe(false);
  });

  it('a cancelled upload leaves nothing behind', async () => {
    const { page, home } = await open();
    const archive = join(temporaryFolder(), 'birds.zip');
    sparse(archive, 400_000_000);
    // So slowly that there is time for a click.
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const network = { offline: false, latency: 0, downloadThroughput: 1e6, uploadThroughput: 1e6 };
    await session.send('Network.emulateNetworkConditions', network);
    await drop(page, [archive]);
    const uploads = () => (existsSync(join(home, 'uploads')) ? readdirSync(join(home, 'uploads')).length : 0);
    await expect.poll(uploads, { timeout: 20_000 }).toBe(1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await said(page)).toMatch(/^AbortError/);
    await expect.poll(uploads, { timeout: 20_000 }).toBe(0);
  });

  it('a connection that is lost is a sentence', async () => {
    const { page } = await open();
    // Not by closing the host: another test's may be given its port at once, and would answer.
    await page.context().setOffline(true);
    await drop(page, [birds()]);
    expect(await said(page)).toBe(
      'Error: Sending Vögel was interrupted: the connection to Transplant was lost, or a file changed meanwhile. Drop it again.',
    );
  });
});
