/**
 * How quick the window is while trainings keep every core busy: `npm run bench -- window`. The real command serves the real
 * screens to a real Chromium on the same machine; a study trains with one training a core all the while.
 *
 * - first paint: of a page that is opened anew (first contentful paint, from the beginning of the navigation)
 * - click: from a click on another screen's name until that screen's first frame is painted; all, and screen by screen
 * - call: a call to main and back over a web socket, and one that brings a screenful of thumbnails
 */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import { WebSocket as NodeWebSocket } from 'ws';
import type { Api } from '../../src-main/common/contract/contract.ts';
import { openChromium } from '../chromium.ts';
import { bundle } from '../e2e/bundle.ts';

const PAINTS = 10;
const CLICKS = 200;
const CALLS = 200;
const SCREENS = ['Data', 'Split', 'Study', 'Live', 'Filters', 'Results'];

export async function benchWindow(): Promise<void> {
  bundle();
  const home = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  const command = new URL('../../src-main/cli/transplant.js', import.meta.url).pathname;
  const served = spawn(process.execPath, [command, 'serve', '--json', '--port', '0', '--home', home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const browser = await openChromium();
  try {
    const link = await linkOf(served.stdout);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(link);
    const api = await call(link);
    const cores = availableParallelism();
    console.log(`${cores} cores (${cpus()[0]?.model}), ${cores} trainings at once\n`);
    await api.studies.run({ preset: 'standard', data: 'dead-leaves', workers: cores });
    for await (const { study } of await api.home.watch())
      if (study?.runs.filter(({ state, step }) => state === 'running' && step > 0).length === cores) break;

    report('first paint', await paints(page));
    const clicked = await clicks(page);
    const of = (screen?: string) =>
      clicked
        .filter((click) => screen === undefined || click.screen === screen)
        .map(({ milliseconds }) => milliseconds);
    report('click', of());
    for (const screen of SCREENS) report(`click: ${screen}`, of(screen));
    report('call: home.state', await timed(CALLS, () => api.home.state()));
    const [{ id: set }] = await api.images.list();
    report(
      'call: images.wall, 96 thumbnails',
      await timed(CALLS, (i) => api.images.wall({ set, class: null, first: (i * 96) % 8000, count: 96, size: 64 })),
    );
    const { study } = await first(await api.home.watch());
    if (study?.runs.filter(({ state }) => state === 'running').length !== cores)
      console.log('The study did not train all the while.');
  } finally {
    await browser.close();
    served.kill('SIGTERM');
    await new Promise((resolve) => served.on('close', resolve));
    rmSync(home, { recursive: true, force: true });
  }
}

async function first<T>(stream: AsyncIterable<T>): Promise<T> {
  for await (const value of stream) return value;
  throw new Error('an empty stream');
}

async function linkOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) return (JSON.parse(line) as { url: string }).url;
  throw new Error('the server said nothing');
}

async function call(link: string): Promise<Api> {
  const { host, hash } = new URL(link);
  const websocket = new NodeWebSocket(`ws://${host}/connection`, ['transplant', hash.slice('#token='.length)], {
    origin: `http://${host}`,
  });
  return createORPCClient<Api>(new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket }));
}

/** Milliseconds, of pages opened one after the other. */
async function paints(page: Page): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < PAINTS; i++) {
    await page.reload();
    await page.locator('main h1').first().waitFor();
    all.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
  }
  return all;
}

/** Milliseconds from a click on a screen's name until the frame after its heading stands there. */
async function clicks(page: Page): Promise<{ screen: string; milliseconds: number }[]> {
  const all: { screen: string; milliseconds: number }[] = [];
  for (let i = 0; i < CLICKS; i++) {
    const name = SCREENS[i % SCREENS.length];
    const milliseconds = await page.evaluate(async (screen) => {
      const link = [...document.querySelectorAll<HTMLAnchorElement>('nav a')].find(({ textContent }) =>
        textContent.trim().startsWith(screen),
      )!;
      const before = document.querySelector('main h1');
      const began = performance.now();
      link.click();
      const isThere = () => {
        const heading = document.querySelector('main h1');
        return heading !== null && heading !== before;
      };
      while (!isThere()) await new Promise((resolve) => requestAnimationFrame(resolve));
      // We are within the frame that has it: a task that is asked for now comes after that frame is painted.
      await new Promise((resolve) => setTimeout(resolve));
      return performance.now() - began;
    }, name);
    all.push({ screen: name, milliseconds });
  }
  return all;
}

async function timed(times: number, work: (i: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await work(i);
    all.push(performance.now() - began);
  }
  return all;
}

function report(name: string, milliseconds: readonly number[]): void {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0)} ms`;
  console.log(
    `${name.padEnd(34)} median ${at(0.5).padStart(8)}   95% ${at(0.95).padStart(8)}   most ${at(1).padStart(8)}   (${sorted.length})`,
  );
}
