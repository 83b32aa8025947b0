import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, CDPSession } from 'playwright-core';
import { WebSocket } from 'ws';
import type { Api } from '../../src-main/common/contract/contract.ts';
import type { StudyRequest } from '../../src-main/common/contract/studies.ts';
import { openChromium } from '../../test/chromium.ts';
import { bundle } from '../../test/e2e/bundle.ts';

interface MemoryOptions {
  readonly home: string;
  readonly minutes: number;
  readonly request: StudyRequest;
  /** Seconds between two samples. */
  readonly every?: number;
  readonly onSample?: (sample: Sample) => void;
}

/** MiB, but for `minute`, and the counts of nodes and listeners. */
export type Sample = Readonly<Record<(typeof SERIES)[number] | 'minute', number>>;

/** After garbage was collected. `backing` is what typed arrays take. */
const SERIES = [
  'main: resident',
  'main: heap',
  'main: external',
  'page: resident',
  'page: heap',
  'page: documents',
  'page: backing',
  'page: nodes',
  'page: listeners',
] as const;

const MIB = 2 ** 20;
const COMMAND = join(import.meta.dirname, '../../src-main/cli/transplant.js');

/**
 * Samples of the memory of main and of a page on Live while networks are trained: `transplant serve` in a process of its own,
 * its page in Chromium, one training at a time. A study that ends is followed by the next, which has one more seed, and more to
 * draw. What is resident of main grows with the store until SQLite's cache is full, which has 16 MB.
 */
export async function watchMemory(options: MemoryOptions): Promise<readonly Sample[]> {
  const { home, minutes, request, every = 60, onSample } = options;
  bundle();
  const words = ['--inspect-port=0', COMMAND, 'serve', '--json', '--port', '0', '--home', home];
  const served = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const browser = await openChromium();
  try {
    const link = await lineOf(served.stdout!, /"url":"([^"]+)"/);
    const main = await inspect(served);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(link);
    await page.locator('main h1').first().waitFor();
    await page.evaluate(() => (location.hash = '#/live'));
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable');
    const api = connect(link);
    const samples: Sample[] = [];
    const began = performance.now();
    let seeds = request.seeds ?? 1;
    for (let number = 0; number * every <= minutes * 60; number++) {
      if (!(await isTraining(api))) await api.studies.run({ ...request, seeds: seeds++, workers: 1 });
      await delay(Math.max(0, began + number * every * 1000 - performance.now()));
      const minute = (performance.now() - began) / 60_000;
      const sample = { minute, ...(await sampleMain(main)), ...(await samplePage(cdp, browser)) };
      samples.push(sample);
      onSample?.(sample);
    }
    main.close();
    return samples;
  } finally {
    await browser.close();
    served.kill('SIGTERM');
    if (served.exitCode === null) await once(served, 'exit');
  }
}

/** Of each series: its first and last value, and its slope an hour with the standard error, by least squares after `from` minutes. */
export function slopes(samples: readonly Sample[], from: number): string {
  const late = samples.filter(({ minute }) => minute >= from);
  const rows = SERIES.map((name) => {
    const { slope, error } = line(late.map((sample) => [sample.minute / 60, sample[name]] as const));
    const unit = /nodes|listeners/.test(name) ? '' : ' MiB';
    const value = (sample: Sample | undefined) => `${sample?.[name].toFixed(1)}${unit}`;
    return `${name.padEnd(16)}  first ${value(late[0])}, last ${value(late.at(-1))}, ${slope.toFixed(2)} ±${error.toFixed(2)}${unit} an hour`;
  });
  return rows.join('\n');
}

/** Slope and its standard error. */
function line(points: readonly (readonly [number, number])[]): { slope: number; error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  const slope = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread;
  const rest = points.reduce((sum, [at, value]) => sum + (value - y - slope * (at - x)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (points.length - 2) / spread) };
}

function connect(link: string): Api {
  const { host, hash } = new URL(link);
  const websocket = new WebSocket(`ws://${host}/connection`, ['transplant', hash.slice('#token='.length)], {
    origin: `http://${host}`,
  });
  return createORPCClient<Api>(new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket }));
}

async function isTraining(api: Api): Promise<boolean> {
  for await (const { study } of await api.home.watch())
    return study?.runs.some(({ state }) => state !== 'finished') ?? false;
  return false;
}

/** What the first line of it that matches has in brackets. What comes later is read and dropped. */
function lineOf(output: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: output });
    lines.on('line', (text) => {
      const [, found] = pattern.exec(text) ?? [];
      if (found) resolve(found);
    });
    lines.on('close', () => reject(new Error('It ended without a line that was waited for.')));
  });
}

/** A debugger on a process of Node that runs: what `send` gives is the answer's result. */
interface Inspector {
  send(method: string, parameters?: object): Promise<{ readonly result?: { readonly value: string } }>;
  close(): void;
}

async function inspect(child: ChildProcess): Promise<Inspector> {
  const address = lineOf(child.stderr!, /^Debugger listening on (ws:\S+)/);
  child.kill('SIGUSR1');
  const socket = new WebSocket(await address);
  await once(socket, 'open');
  const waiting = new Map<number, (result: object) => void>();
  socket.on('message', (text: Buffer) => {
    const { id, result } = JSON.parse(text.toString()) as { id?: number; result: object };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let last = 0;
  return {
    send(method, params) {
      const id = ++last;
      socket.send(JSON.stringify({ id, method, params }));
      return new Promise((resolve) => waiting.set(id, resolve)).finally(() => waiting.delete(id)) as Promise<object>;
    },
    close: () => socket.close(),
  };
}

async function sampleMain(main: Inspector) {
  await main.send('HeapProfiler.collectGarbage');
  const { result } = await main.send('Runtime.evaluate', { expression: 'JSON.stringify(process.memoryUsage())' });
  const { rss, heapUsed, external } = JSON.parse(result!.value) as NodeJS.MemoryUsage;
  return { 'main: resident': rss / MIB, 'main: heap': heapUsed / MIB, 'main: external': external / MIB };
}

async function samplePage(cdp: CDPSession, browser: Browser) {
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((one) => one.name === name)!.value;
  const heap = (await cdp.send('Runtime.getHeapUsage')) as unknown as Record<
    'usedSize' | 'embedderHeapUsedSize' | 'backingStorageSize',
    number
  >;
  return {
    'page: resident': await residentOfPage(browser),
    'page: heap': heap.usedSize / MIB,
    'page: documents': heap.embedderHeapUsedSize / MIB,
    'page: backing': heap.backingStorageSize / MIB,
    'page: nodes': metric('Nodes'),
    'page: listeners': metric('JSEventListeners'),
  };
}

/** Of the largest process that draws a page. Nothing where there is no /proc. */
async function residentOfPage(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => {
      try {
        return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))![1]) / 1024;
      } catch {
        return NaN;
      }
    });
  return Math.max(...sizes);
}
