import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import type { Api } from '../../src-main/common/contract/contract.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { hasChromium, openChromium } from '../chromium.ts';
import { tokenIn } from '../host/open-host.ts';
import { bundle } from './bundle.ts';
import { startServe } from './serve-process.ts';

let out: string;
beforeAll(() => {
  out = bundle();
}, 300_000);

/** Follows the link as a browser would, and calls from there. */
async function callFromNode(link: string): Promise<Api> {
  const { host } = new URL(link);
  const websocket = new NodeWebSocket(`ws://${host}/connection`, ['transplant', tokenIn(link)], {
    origin: `http://${host}`,
  });
  onTestFinished(() => websocket.terminate());
  return createORPCClient<Api>(new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket }));
}

describe('transplant serve', () => {
  it('prints one line with the link, and ends with Ctrl-C', async () => {
    const served = startServe(['serve', '--port', '0', '--home', temporaryFolder()]);
    const link = await served.link;
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    served.child.kill('SIGINT');
    expect(await served.ended).toEqual({
      code: 0,
      stdout: `Open ${link} in a browser. Ctrl-C ends Transplant.\n`,
      stderr: 'Stopping ...\nStopped.\n',
    });
  });

  it('prints one JSON line with --json, also as it is bundled', async () => {
    const entry = join(out, 'main', 'transplant.js');
    const served = startServe(['serve', '--json', '--port', '0', '--home', temporaryFolder()], { entry });
    const link = await served.link;
    expect((await fetch(link)).status).toBe(200);
    const api = await callFromNode(link);
    expect((await api.studies.presets()).length).toBeGreaterThan(0);
    served.child.kill('SIGTERM');
    const { code, stdout } = await served.ended;
    expect(code).toBe(0);
    expect(stdout).toBe(`${JSON.stringify({ type: 'serving', url: link })}\n`);
  });

  it('is asked twice before other machines are let in, and says how they can come safely', async () => {
    const once = await startServe(['serve', '--listen', '0.0.0.0', '--home', temporaryFolder()]).ended;
    expect(once).toMatchObject({ code: 2, stdout: '' });
    expect(once.stderr).toMatch(
      /^--listen 0\.0\.0\.0 would let other machines in .*ssh -L 11792:127\.0\.0\.1:11792 .*\n$/,
    );
    const words = ['serve', '--listen', '0.0.0.0', '--beyond-loopback', '--port', '0', '--home', temporaryFolder()];
    const twice = startServe(words);
    const { port } = new URL(await twice.link);
    await twice.says(`Warning: the connection is not encrypted. This is safer: ssh -L ${port}:127.0.0.1:${port} `);
  });

  it('says what is wrong with a call', async () => {
    const { code, stderr } = await startServe(['serve', '--known-as', 'http://x']).ended;
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--known-as must be HOST or HOST:PORT as shown in the browser\'s address bar, not "http://x".\n',
    });
  });

  it('tells a person who came over SSH how the link works on their own machine', async () => {
    const environment = { SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22' };
    const served = startServe(['serve', '--port', '0', '--home', temporaryFolder()], { environment });
    const { port } = new URL(await served.link);
    await served.says(`On your own machine, run this first: ssh -L ${port}:127.0.0.1:${port} `);
  });

  it('serves also while another Transplant works in the home folder, and says so', async () => {
    const home = temporaryFolder();
    await startServe(['serve', '--port', '0', '--home', home]).link;
    const second = startServe(['serve', '--port', '0', '--home', home]);
    const api = await callFromNode(await second.link);
    expect((await api.home.state()).closed).toContain('Another Transplant');
    await second.says('Another Transplant (process');
  });

  it('pauses a study at Ctrl-C: it is stored, and known after the next start', async () => {
    const home = temporaryFolder();
    const served = startServe(['serve', '--port', '0', '--home', home]);
    const api = await callFromNode(await served.link);
    const { study } = await api.studies.run({ preset: 'smoke', data: 'dead-leaves', workers: 1 });
    for await (const activity of await api.home.watch())
      if (activity.study?.runs.some(({ state, step }) => state === 'running' && step > 0)) break;
    served.child.kill('SIGINT');
    const { code, stderr } = await served.ended;
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'Pausing the study: everything is stored, and it can be resumed from its page next time ...\nStopped.\n',
    });
    const again = await callFromNode(await startServe(['serve', '--port', '0', '--home', home]).link);
    expect(await again.studies.list()).toMatchObject([{ id: study, status: 'stopped' }]);
  }, 120_000);
});

describe('transplant open', () => {
  it('says in one line why there is no window, and serves', async () => {
    const home = temporaryFolder();
    const served = startServe(['open', '--home', home]);
    expect((await fetch(await served.link)).status).toBe(200);
    served.child.kill('SIGINT');
    const { code, stderr } = await served.ended;
    expect(code).toBe(0);
    expect(stderr.split('\n')[0]).toBe(
      'There can be no window: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). The screens are shown in a browser instead.',
    );
  });

  it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'does not weaken the sandbox for root, and opens the browser with no secret in its call',
    async () => {
      const folder = temporaryFolder();
      writeFileSync(
        join(folder, 'xdg-open'),
        `#!/bin/sh\necho "$@" > ${folder}/new && mv ${folder}/new ${folder}/words\n`,
        {
          mode: 0o755,
        },
      );
      const environment = { DISPLAY: ':9', PATH: `${folder}:${process.env.PATH}` };
      const served = startServe(['open', '--home', temporaryFolder()], { environment });
      await served.says(
        'There can be no window: Electron has no sandbox when it is run as root; use another user to get a window.',
      );
      const token = tokenIn(await served.link);
      await expect.poll(() => existsSync(join(folder, 'words')), { timeout: 20_000 }).toBe(true);
      const words = readFileSync(join(folder, 'words'), 'utf8').trim();
      expect(words).not.toContain(token);
      expect(readFileSync(fileURLToPath(words), 'utf8')).toContain(token);
      served.child.kill('SIGINT');
      expect((await served.ended).code).toBe(0);
      expect(existsSync(fileURLToPath(words))).toBe(false);
    },
  );
});

describe.skipIf(!hasChromium)('in a real browser', () => {
  async function newContext(): Promise<BrowserContext> {
    const context = await (await openChromium()).newContext();
    onTestFinished(() => context.close());
    return context;
  }

  /** A page that is not let in has the frame, and nothing in it. */
  const screensOf = (page: Page) => page.getByRole('heading', { name: /How transferable/ }).waitFor();

  /** A site of somebody else on this machine: the same host, another port, so that the browser sends it our cookies. */
  async function otherSite(html: string, onRequest: (request: IncomingMessage) => void = () => {}): Promise<string> {
    const server = createServer((request, response) => {
      onRequest(request);
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><title>Other</title>${html}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  it('the link shows the screens, and the token is gone from the address', async () => {
    const link = await startServe(['serve', '--port', '0', '--home', temporaryFolder()]).link;
    const context = await newContext();
    const page = await context.newPage();
    await page.goto(link);
    await screensOf(page);
    expect(page.url()).toBe(new URL('/', link).href);
    expect(await page.evaluate(() => [document.cookie, document.referrer])).toEqual(['', '']);
    expect(await context.cookies()).toEqual([]);
    await page.goBack();
    expect(page.url()).toBe('about:blank');
  });

  it('the link works from a file and from another site, as well', async () => {
    const link = await startServe(['serve', '--port', '0', '--home', temporaryFolder()]).link;
    const file = join(temporaryFolder(), 'open.html');
    writeFileSync(file, `<meta http-equiv="refresh" content="0; url=${link}" />`);
    const fromFile = await (await newContext()).newPage();
    await fromFile.goto(pathToFileURL(file).href);
    await screensOf(fromFile);
    const site = (await otherSite(`<a href="${link}">Transplant</a>`)).replace('127.0.0.1', 'localhost');
    const fromSite = await (await newContext()).newPage();
    await fromSite.goto(site);
    await fromSite.getByText('Transplant').click();
    await screensOf(fromSite);
  });

  it('without the link there is a page that says where it is, and goes on when it is opened there', async () => {
    const link = await startServe(['serve', '--port', '0', '--home', temporaryFolder()]).link;
    const page = await (await newContext()).newPage();
    await page.goto(new URL('/', link).href);
    await page.locator('main').getByText('Open the link that Transplant printed in the terminal').waitFor();
    expect(await page.getByRole('heading', { name: /How transferable/ }).count()).toBe(0);
    await page.goto(link);
    await screensOf(page);
    expect(page.url()).not.toContain('token');
  });

  it('hands a server on another port nothing that lets it in, whatever host and origin it then claims', async () => {
    const link = await startServe(['serve', '--port', '0', '--home', temporaryFolder()]).link;
    const context = await newContext();
    const page = await context.newPage();
    await page.goto(link);
    await screensOf(page);
    const stolen: IncomingMessage[] = [];
    const other = await context.newPage();
    await other.goto(await otherSite('<img src="/picture.png" />', (request) => stolen.push(request)));
    await expect.poll(() => stolen.length).toBeGreaterThan(1);
    const { host } = new URL(link);
    for (const { headers } of stolen) {
      const forged = { ...(headers as Record<string, string>), host, origin: `http://${host}` };
      const socket = new NodeWebSocket(`ws://${host}/connection`, { headers: forged });
      const refused = new Promise<number | undefined>((resolve) => {
        socket.on('error', () => {});
        socket.on('open', () => (socket.terminate(), resolve(101)));
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
      });
      expect(await refused).toBe(403);
    }
    expect(await other.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
  });

  it('a page that was left open goes on when Transplant is started again', async () => {
    const home = temporaryFolder();
    const first = startServe(['serve', '--port', '0', '--home', home]);
    const link = await first.link;
    const page = await (await newContext()).newPage();
    await page.goto(link);
    await screensOf(page);
    first.child.kill('SIGINT');
    await first.ended;
    const answered = new Promise<void>((resolve) =>
      page.on('websocket', (socket) => socket.on('framereceived', () => resolve())),
    );
    await startServe(['serve', '--port', new URL(link).port, '--home', home]).link;
    await answered;
    await page.reload();
    await screensOf(page);
  });

  it('another site on this machine can neither connect, nor read, nor send, nor frame', async () => {
    const home = temporaryFolder();
    const link = await startServe(['serve', '--port', '0', '--home', home]).link;
    const context = await newContext();
    const own = await context.newPage();
    await own.goto(link);
    await screensOf(own);
    const other = await context.newPage();
    await other.goto(await otherSite(''));
    const { origin, host } = new URL(link);
    const tried = await other.evaluate(
      async ([address, hostName]) => {
        const socket = new WebSocket(`ws://${hostName}/connection`);
        const connected = new Promise((resolve) => {
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        });
        const asked = (path: string, options: RequestInit) =>
          fetch(`${address}${path}`, { credentials: 'include', ...options }).then(
            (answer) => answer.type,
            () => 'refused',
          );
        const script = document.createElement('script');
        const loaded = new Promise((resolve) => {
          script.onload = () => resolve('loaded');
          script.onerror = () => resolve('refused');
        });
        script.src = `${address}/`;
        document.head.append(script);
        return Promise.all([
          connected,
          asked('/', {}),
          asked('/uploads/a.zip', { method: 'PUT', body: 'PK' }),
          asked('/uploads/a.zip', { method: 'POST', body: 'PK', mode: 'no-cors' }),
          loaded,
        ]);
      },
      [origin, host],
    );
    // An opaque answer is one that the page may not look into; a POST changes nothing here (405).
    expect(tried).toEqual(['refused', 'refused', 'refused', expect.stringMatching(/^(opaque|refused)$/), 'refused']);
    await other.setContent(`<iframe src="${origin}/"></iframe>`);
    await other.waitForLoadState('networkidle');
    expect(await other.frames()[1].locator('main').count()).toBe(0);
    expect(existsSync(join(home, 'uploads'))).toBe(false);
  });
});
