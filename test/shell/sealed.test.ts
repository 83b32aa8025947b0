import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { describeShell } from './fixture.ts';
import type { RunningShell } from './running-shell.ts';

describeShell('the window is sealed', (surroundings) => {
  const { start, pageOf } = surroundings;
  let shell: RunningShell;
  let page: Page;
  beforeAll(async () => {
    shell = await start();
    page = await pageOf(shell);
  });

  it('isolates and sandboxes its page', async () => {
    const preferences = await shell.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      const contents = window.webContents as unknown as { getLastWebPreferences?(): object };
      // The double keeps what the window was made with.
      const { options } = window as unknown as { options: { webPreferences: object } };
      const kept = contents.getLastWebPreferences?.() ?? options.webPreferences;
      return JSON.parse(JSON.stringify(kept)) as Record<string, unknown>;
    });
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
  });

  it('runs nothing that is inline, evaluated or from elsewhere, and asks no other origin', async () => {
    const refused = await page.evaluate(async () => {
      const directives: string[] = [];
      const heard = (count: number) =>
        new Promise<void>((resolve) =>
          document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
            directives.push(effectiveDirective);
            if (directives.length === count) resolve();
          }),
        );
      const all = heard(5);
      const inline = document.createElement('script');
      inline.textContent = 'window.intruder = "inline"';
      const remote = document.createElement('script');
      remote.src = 'https://example.com/script.js';
      const image = document.createElement('img');
      image.src = 'https://example.com/image.png';
      document.head.append(inline, remote, image);
      document.body.setAttribute('onclick', 'window.intruder = "attribute"');
      document.body.click();
      const asked = await fetch('https://example.com/').catch(() => 'refused');
      await all;
      return { asked, directives: directives.sort(), intruder: 'intruder' in window };
    });
    expect(refused).toEqual({
      asked: 'refused',
      directives: ['connect-src', 'img-src', 'script-src-attr', 'script-src-elem', 'script-src-elem'],
      intruder: false,
    });
  });

  it('has its policy and its other headers from main', async () => {
    const headers = await page.evaluate(async () => Object.fromEntries((await fetch('/')).headers));
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('answers GET only', async () => {
    expect(await page.evaluate(async () => (await fetch('/', { method: 'POST' })).status)).toBe(403);
  });

  it.each(['https://example.com/', 'http://127.0.0.1:1/', '/reports/0123456789ab/report.html', '/assets/'])(
    'does not go to %s',
    async (address) => {
      // Heard after the shell's own listener.
      await shell.evaluate(({ BrowserWindow }) => {
        const [{ webContents }] = BrowserWindow.getAllWindows();
        const { promise, resolve } = Promise.withResolvers();
        (globalThis as Record<string, unknown>).tried = promise;
        webContents.once('will-frame-navigate', (event) => resolve(event.defaultPrevented));
      });
      await page.evaluate((url) => location.assign(url), address);
      expect(await shell.evaluate(() => (globalThis as Record<string, unknown>).tried)).toBe(true);
      expect(
        await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].webContents.getURL()),
      ).toMatch(/^transplant:\/\/app\/(#.*)?$/);
    },
  );

  it('is reloaded by its own wish or another, and asked only about its own', async () => {
    await shell.evaluate(({ BrowserWindow }) => {
      const here = globalThis as Record<string, unknown>;
      const wishes = (here.wishes = [] as boolean[]);
      BrowserWindow.getAllWindows()[0].webContents.on('will-frame-navigate', (event) => {
        wishes.push(Boolean(event.defaultPrevented));
      });
    });
    const wishes = () => shell.evaluate(() => (globalThis as Record<string, unknown>).wishes);
    // Chromium may be giving up the wish that was denied last only now, and a reload with it.
    const reloaded = () =>
      page.reload().then(
        () => true,
        () => false,
      );
    await expect.poll(reloaded, { timeout: 20_000 }).toBe(true);
    page = await pageOf(shell);
    expect(await wishes()).toEqual([]);
    const loaded = page.waitForEvent('load');
    await page.evaluate(() => location.reload()).catch(() => {});
    await loaded;
    page = await pageOf(shell);
    expect(await wishes()).toEqual([false]);
  });

  it('saves what it is told to, under a title for people', async () => {
    const asked = shell.evaluate(
      ({ session }) =>
        new Promise((resolve) =>
          session.defaultSession.once('will-download', (_event, item) => {
            resolve([item.getSaveDialogOptions().title, item.getURL().split('/').slice(0, 3).join('/')]);
            // Nobody is here to answer the dialog.
            item.setSavePath('/dev/null');
            item.cancel();
          }),
        ),
    );
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['<svg/>']));
      link.download = 'curve.svg';
      link.click();
    });
    expect(await asked).toEqual(['Save curve.svg', 'blob:transplant://app']);
  });

  it('writes what it saves where it was told to', async () => {
    const file = join(surroundings.folder, 'saved.svg');
    const done = shell.evaluate(
      ({ session }, path) =>
        new Promise((resolve) =>
          session.defaultSession.once('will-download', (_event, item) => {
            item.once('done', (_done, state) => resolve(state));
            item.setSavePath(path);
          }),
        ),
      file,
    );
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['<svg/>']));
      link.download = 'curve.svg';
      link.click();
    });
    expect(await done).toBe('completed');
    expect(readFileSync(file, 'utf8')).toBe('<svg/>');
  });

  it('opens no other window', async () => {
    expect(await page.evaluate(() => window.open('https://example.com/'))).toBeNull();
    // An answer to a later call: main has dealt with the wish by then.
    await page.evaluate(() => window.api.home.state());
    expect(await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  it('has no permissions', async () => {
    const states = await page.evaluate(() =>
      Promise.all(
        ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'clipboard-write', 'midi'].map(
          async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state,
        ),
      ),
    );
    expect(states).not.toContain('granted');
  });

  it('is refused the clipboard, though a person has pressed', async () => {
    await page.evaluate(() => {
      const button = document.body.appendChild(document.createElement('button'));
      button.id = 'copies';
      button.style.cssText = 'position: fixed; z-index: 99; top: 0; left: 0';
      button.addEventListener('click', async () => {
        button.textContent = await navigator.clipboard.writeText('x').then(
          () => 'written',
          (error: Error) => error.name,
        );
      });
    });
    const button = page.locator('#copies');
    await button.click();
    await expect.poll(() => button.innerText()).not.toBe('');
    expect(await button.innerText()).toBe('NotAllowedError');
    await button.evaluate((one) => one.remove());
  });
});
