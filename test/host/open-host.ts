import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { openBrowserHost, type BrowserHostOptions } from '../../src-main/host/browser-host.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** A home folder, screens of two files, a host that serves them, and what a visitor can do to it. Gone after the test. */
export async function openHost(options: Partial<BrowserHostOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-host-'));
  const home = options.home ?? join(folder, 'home');
  const renderer = join(folder, 'renderer');
  for (const made of [join(home, 'reports', 'abcdefabcdef'), join(renderer, 'assets')])
    mkdirSync(made, { recursive: true });
  writeFileSync(join(renderer, 'index.html'), '<title>The screens</title>');
  writeFileSync(join(renderer, 'assets', 'index-1.js'), 'export {};');
  writeFileSync(join(home, 'reports', 'abcdefabcdef', 'results.csv'), 'n,accuracy');
  writeFileSync(join(folder, 'secret.txt'), 'SECRET');
  writeFileSync(join(home, 'secret.txt'), 'SECRET');
  const host = await openBrowserHost({
    renderer,
    closed: () => undefined,
    connect: (channel) => channel.onFrame((frame) => channel.send(`heard ${String(frame)}`)),
    port: 0,
    ...options,
    home,
  });
  onTestFinished(async () => {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = host;
  const own = `127.0.0.1:${port}`;
  const token = tokenIn(host.link);
  const ask = (path: string, call: Call = {}): Promise<Answer> => ask127(port, path, call);
  /** What a page that was opened by the link shows. */
  const visitor = { host: own, origin: `http://${own}`, authorization: `Bearer ${token}` };
  /** Where links of the page lead for files of main. */
  const { files } = JSON.parse((await ask('/session', { headers: visitor })).body) as { files: string };
  return { host, home, port, own, token, files: `/files/${files}`, visitor, ask, connect: connectorTo(port) };
}

export const tokenIn = (link: string): string => /#token=([\w-]{43})$/.exec(link)![1];

/** A request as it stands: `fetch` would tidy its path and its headers. */
async function ask127(port: number, path: string, { method = 'GET', headers = {}, body }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (answer) => {
      resolve({ status: answer.statusCode!, headers: answer.headers, body: await text(answer).catch(() => '') });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Opens web sockets; each resolves when it is open, and rejects with the status where it is refused. */
function connectorTo(port: number) {
  return (
    headers: Record<string, string>,
    path = '/connection',
    protocols: string[] = [],
    options: ClientOptions = {},
  ): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers, ...options });
      socket.on('error', () => {});
      socket.on('open', () => resolve(socket));
      socket.on('unexpected-response', (_request, answer) => reject(new Error(`HTTP ${answer.statusCode}`)));
    });
}

export const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)));

export const nextMessage = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
