import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { describeShell } from './fixture.ts';
import type { RunningShell } from './running-shell.ts';

describeShell('the port between page and main', ({ start, pageOf }) => {
  let shell: RunningShell;
  let page: Page;
  beforeAll(async () => {
    shell = await start();
    page = await pageOf(shell);
  });

  it('gives the page two functions and nothing of Node or Electron', async () => {
    const seen = await page.evaluate(() => ({
      bridge: Object.keys(window.transplant!).sort(),
      globals: ['require', 'process', 'module', 'Buffer', 'global', 'electron'].filter((name) => name in window),
    }));
    expect(seen).toEqual({ bridge: ['onMenu', 'pathOf'], globals: [] });
  });

  it('answers a call', async () => {
    expect(await page.evaluate(() => window.api.home.state())).toMatchObject({
      host: { kind: 'window', dialogs: true },
      closed: null,
    });
  });

  it('carries a stream, and another beside it', async () => {
    const notices = await page.evaluate(async () => {
      const streams = await Promise.all([window.api.home.watch(), window.api.home.watch()]);
      const first = await Promise.all(streams.map((stream) => stream.next()));
      await Promise.all(streams.map((stream) => stream.return()));
      return first.map(({ done, value }) => (done ? 'ended' : value.notices));
    });
    expect(notices).toEqual([[], []]);
  });

  it('carries bytes as they are', async () => {
    const pixels = await page.evaluate(async () => {
      const { import: id } = await window.api.images.makeDeadLeaves({ size: 8, train: 10, heldOut: 10 });
      for await (const { imports } of await window.api.home.watch())
        if (imports.some((one) => one.id === id && one.state === 'done')) break;
      const [{ id: set }] = await window.api.images.list();
      const ask = { set, class: null, first: 0, count: 200, size: 8 };
      const answers = await Promise.all([window.api.images.wall(ask), window.api.images.wall(ask)]);
      return Promise.all(answers.map(async ({ pixels }) => [...new Uint8Array(await pixels.arrayBuffer())]));
    });
    expect(pixels[0]).toHaveLength(200 * 8 * 8 * 3);
    expect(new Set(pixels[0]).size).toBeGreaterThan(100);
    expect(pixels[1]).toEqual(pixels[0]);
  });

  it('says what was wrong with a call as a sentence', async () => {
    const sentence = await page.evaluate(() =>
      window.api.images
        .details({ set: '0123456789abcdef' })
        .catch((error: { data: { sentence: string } }) => error.data.sentence),
    );
    expect(sentence).toMatch(/\.$/);
  });

  it('carries bytes alone, and not the rest of the buffer that they are part of', async () => {
    const sizes = await page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener('message', ({ data }) => {
            // A frame of bytes is a buffer or a view of one.
            if (typeof data !== 'string') resolve([data.byteLength, (data.buffer ?? data).byteLength]);
          });
          port1.start();
          window.postMessage({ type: 'transplant:connect' }, location.origin, [port2]);
          void window.api.images.list().then(([{ id: set }]) => {
            const json = { set, class: null, first: 0, count: 2, size: 8 };
            port1.postMessage(JSON.stringify({ i: '1', p: { u: '/images/wall', b: { json } } }));
          });
        }),
    );
    expect(sizes[0]).toBeGreaterThan(2 * 8 * 8 * 3);
    expect(sizes[1]).toBe(sizes[0]);
  });

  it('carries what main gives it, and commands of the menu beside it', async () => {
    await shell.evaluate(({ ipcMain }) =>
      ipcMain.once('transplant:connect', ({ sender, ports: [port] }) => {
        sender.send('transplant:command', 'about');
        // A view of the buffer that Node keeps for small ones.
        port.postMessage(Buffer.from('abc'));
      }),
    );
    const heard = await page.evaluate(
      () =>
        new Promise<unknown[]>((resolve) => {
          const heard: unknown[] = [];
          // Electron promises no order of the two.
          const hear = (...news: unknown[]) => {
            if (heard.push(...news) === 3) resolve(heard);
          };
          window.transplant!.onMenu((command) => hear(command));
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener('message', ({ data }) =>
            hear(data.byteLength, data.buffer.byteLength > data.byteLength),
          );
          port1.start();
          window.postMessage({ type: 'transplant:connect' }, location.origin, [port2]);
        }),
    );
    expect(heard.sort()).toEqual([3, 'about', true]);
  });

  it('is out of the reach of what runs in the page', async () => {
    const answer = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const origin = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'origin')!;
          Object.defineProperty(MessageEvent.prototype, 'origin', { get: () => 'https://elsewhere' });
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener('close', () => resolve('closed'));
          port1.addEventListener('message', ({ data }) => {
            Object.defineProperty(MessageEvent.prototype, 'origin', origin);
            resolve(typeof data);
          });
          port1.start();
          window.postMessage({ type: 'transplant:connect' }, location.origin, [port2]);
          port1.postMessage('{"i":"1","p":{"u":"/home/state"}}');
        }),
    );
    expect(answer).toBe('string');
    const names = await page.evaluate(() =>
      Object.getOwnPropertyNames(window).filter((name) => /double|electron/i.test(name)),
    );
    expect(names).toEqual([]);
  });

  it('is not for a frame: its end of the channel closes', async () => {
    await page.evaluate(() => document.body.append(document.createElement('iframe')));
    const closed = await page.frames()[1].evaluate(
      () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener('close', () => resolve('closed'));
          port1.addEventListener('message', ({ data }) => resolve(data));
          port1.start();
          window.parent.postMessage({ type: 'transplant:connect' }, '*', [port2]);
          port1.postMessage('{"i":"1","p":{"u":"/home/state"}}');
        }),
    );
    expect(closed).toBe('closed');
  });

  it.each([
    ['a frame of the page', 'transplant://app/', true],
    ['another origin', 'https://app/', false],
    ['another host of the scheme', 'transplant://other/', false],
    ['a report', 'transplant://app/reports/0123456789ab/report.html', false],
  ])('is not for %s, whatever its preload let through', async (_, url, framed) => {
    const answer = await shell.evaluate(
      ({ ipcMain, MessageChannelMain, BrowserWindow }, [address, inFrame]) =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannelMain();
          const [{ webContents }] = BrowserWindow.getAllWindows();
          port1.on('close', () => resolve('closed'));
          port1.on('message', ({ data }) => resolve(data));
          port1.start();
          const senderFrame = { url: address, parent: inFrame ? {} : null };
          ipcMain.emit('transplant:connect', { sender: webContents, senderFrame, ports: [port2] }, null);
          port1.postMessage('{"i":"1","p":{"u":"/home/state"}}');
        }),
      [url, framed] as const,
    );
    expect(answer).toBe('closed');
  });

  it('closes when something comes through it that is no call, and nothing else does', async () => {
    const closed = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener('close', () => resolve('closed'));
          port1.addEventListener('message', ({ data }) => resolve(data));
          port1.start();
          window.postMessage({ type: 'transplant:connect' }, location.origin, [port2]);
          port1.postMessage('{"i":"1","p":{"u":"/../home/state"}}');
        }),
    );
    expect(closed).toBe('closed');
    expect(await page.evaluate(() => window.api.home.state())).toMatchObject({ closed: null });
  });

  it('carries a command to the page that is there, and not to the one that is being loaded', async () => {
    await page.evaluate(() => window.transplant!.onMenu((command) => sessionStorage.setItem('heard', command)));
    const loaded = page.waitForEvent('load');
    await shell.evaluate(({ BrowserWindow }) => {
      const [{ webContents }] = BrowserWindow.getAllWindows();
      void webContents.loadURL(webContents.getURL());
      webContents.send('transplant:command', 'about');
    });
    await loaded;
    page = await pageOf(shell);
    expect(await page.evaluate(() => sessionStorage.getItem('heard'))).toBe('about');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('closes with its page, and serves the page that is loaded again', async () => {
    await shell.evaluate(({ ipcMain }) => {
      const here = globalThis as Record<string, unknown>;
      const heard = (here.heard = [] as string[]);
      ipcMain.on('transplant:connect', ({ ports: [port] }) => {
        heard.push('opened');
        port.on('close', () => heard.push('closed'));
      });
    });
    const heard = () => shell.evaluate(() => (globalThis as Record<string, unknown>).heard);
    await page.evaluate(() => {
      const { port1, port2 } = new MessageChannel();
      Object.assign(window, { kept: port1 });
      window.postMessage({ type: 'transplant:connect' }, location.origin, [port2]);
    });
    await expect.poll(heard).toEqual(['opened']);
    await page.reload();
    await page.locator('main h1').first().waitFor();
    expect(await heard()).toEqual(['opened', 'closed', 'opened']);
    expect(await (await pageOf(shell)).evaluate(() => window.api.home.state())).toMatchObject({ closed: null });
  });
});
