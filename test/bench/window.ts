/**
 * How quick the window is while trainings keep every core busy: `npm run bench -- window`. The real command serves the real
 * screens to a real Chromium on the same machine, on a home with studies; another study trains with one training a core all the while.
 *
 * - first paint: of a page that is opened anew (first contentful paint, from the beginning of the navigation)
 * - call: a call to main and back over a web socket, and one that brings a screenful of thumbnails
 * - change: from a press on another screen's name until the first frame that shows a change (asked: below 100 ms)
 * - content: from the press until the frame that has what the screen is for (asked: below 1 s)
 * - shift: of the layout, as Chromium sums it over a visit (asked: below 0.1)
 * - task: the longest that kept the page from answering (asked: below 200 ms)
 */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { createInterface } from 'node:readline';
import type { Locator, Page } from 'playwright-core';
import { WebSocket as NodeWebSocket } from 'ws';
import { afterChanges } from '../../src-main/common/activity-changes.ts';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import type { Api } from '../../src-main/common/contract/contract.ts';
import { SCREEN_NAMES, type Screen } from '../../src-main/common/commands.ts';
import { openChromium } from '../chromium.ts';
import { bundle } from '../e2e/bundle.ts';
import { madeUpHome } from '../e2e/made-up-home.ts';

const PAINTS = 5;
const CALLS = 50;
/** Seconds in which screens are visited in turn. */
const VISITS = 110;
/** Milliseconds: a visit that has no content by then, and how long a person stays at least. */
const PATIENCE = 15_000;
const STAY = 2000;

/** A place in the window: a press that leads there, and what it is for, as a selector. */
interface Stop {
  readonly name: string;
  readonly press: (page: Page) => Locator;
  readonly content: string;
}

const screen = (id: Screen, content: string): Stop => ({
  name: SCREEN_NAMES[id],
  // While a study runs, Live says so behind its name.
  press: (page) =>
    page
      .locator('nav')
      .first()
      .getByRole('link', { name: new RegExp(`^${SCREEN_NAMES[id]}`) }),
  content,
});
const STUDY = 'three replicates';
const STOPS: readonly Stop[] = [
  screen('data', 'main [role="listbox"] canvas'),
  screen('split', 'main [role="option"]'),
  screen('study', 'main .parts'),
  screen('live', 'main [data-node]'),
  screen('filters', 'main .choices'),
  screen('layers', 'main .choices'),
  screen('results', 'main .study *'),
  {
    name: 'a study',
    press: (page) => page.getByRole('main').getByRole('link', { name: STUDY }).first(),
    content: 'main .chart svg',
  },
  screen('engine', 'main li.ok'),
  screen('settings', 'main dd'),
  screen('help', 'main article h2'),
  screen('welcome', 'main .words .name'),
];

interface Visit {
  readonly stop: string;
  /** Milliseconds. */
  readonly change: number;
  readonly content: number;
  readonly shift: number;
  /** Milliseconds. */
  readonly task: number;
}

/** @param busy other programs that keep the cores busy as well */
export async function benchWindow(busy = 0): Promise<void> {
  bundle();
  const { home } = await madeUpHome([
    { name: STUDY, replicates: 3, trainingSeed: 1 },
    { name: 'one replicate', replicates: 1, trainingSeed: 11 },
  ]);
  const command = new URL('../../src-main/cli/transplant.js', import.meta.url).pathname;
  const served = spawn(process.execPath, [command, 'serve', '--json', '--port', '0', '--home', home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const browser = await openChromium();
  const others: ChildProcess[] = [];
  try {
    const link = await linkOf(served.stdout);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(watchPage);
    const api = await call(link);
    const [{ id: chosen }] = await api.images.list();
    await api.home.remember({ key: 'draft', value: JSON.stringify({ set: chosen }) });
    await page.goto(link);
    const cores = availableParallelism();
    console.log(`${cores} cores (${cpus()[0]?.model}), ${cores} trainings at once\n`);
    await api.studies.run({ preset: 'standard', data: 'dead-leaves', workers: cores });
    const training = ({ study }: Activity) => study?.runs.filter(({ state, step }) => state === 'running' && step > 0);
    let activity: Activity | undefined;
    for await (const changes of await api.home.watch()) {
      activity = afterChanges(activity, changes);
      if (training(activity)?.length === cores) break;
    }

    report('first paint', await paints(page));
    report('call: home.state', await timed(CALLS, () => api.home.state()));
    const [{ id: set }] = await api.images.list();
    report(
      'call: images.wall, 96 thumbnails',
      await timed(CALLS, (i) => api.images.wall({ set, class: null, first: (i * 96) % 8000, count: 96, size: 64 })),
    );
    console.log('');
    others.push(
      ...Array.from({ length: busy }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })),
    );
    if (busy > 0) console.log(`${busy} other programs that keep the cores busy\n`);
    table(await visits(page));
    const { study } = await first(await api.home.watch());
    if (study?.runs.filter(({ state }) => state === 'running').length !== cores)
      console.log('The study did not train all the while.');
  } finally {
    for (const other of others) other.kill('SIGKILL');
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

interface Watched extends globalThis.Window {
  shifts: { at: number; value: number }[];
  tasks: { at: number; milliseconds: number }[];
  visited: Promise<{ began: number; change: number; content: number }>;
  expectContent(selector: string, patience: number): void;
}

/** Runs in the page: notes shifts and long tasks, and times the next press. */
function watchPage(): void {
  const watched = window as unknown as Watched;
  watched.shifts = [];
  watched.tasks = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
      if (!entry.hadRecentInput) watched.shifts.push({ at: entry.startTime, value: entry.value });
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      watched.tasks.push({ at: startTime, milliseconds: duration });
  }).observe({ type: 'longtask', buffered: true });

  // A task that is asked for within a frame comes after that frame is painted.
  const painted = () =>
    new Promise<number>((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))));
  watched.expectContent = (selector, patience) => {
    watched.visited = new Promise((resolve) => {
      const press = async (event: Event): Promise<void> => {
        const began = event.timeStamp;
        const old = new Set(document.querySelectorAll(selector));
        const changed = new Promise<void>((resolve) => {
          const observer = new MutationObserver(() => {
            observer.disconnect();
            resolve();
          });
          observer.observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
        });
        await changed;
        const change = (await painted()) - began;
        const isThere = () => [...document.querySelectorAll(selector)].some((found) => !old.has(found));
        while (!isThere() && performance.now() - began < patience) await painted();
        resolve({ began, change, content: (await painted()) - began });
      };
      document.addEventListener('click', (event) => void press(event), { capture: true, once: true });
    });
  };
}

/** Goes from stop to stop, by real presses. */
async function visits(page: Page): Promise<Visit[]> {
  const all: Visit[] = [];
  const until = performance.now() + VISITS * 1000;
  for (let i = 0; performance.now() < until || i % STOPS.length !== 0; i++) {
    const { name, press, content: selector } = STOPS[i % STOPS.length];
    await press(page).waitFor({ timeout: PATIENCE });
    await page.evaluate(([selector, patience]) => (window as unknown as Watched).expectContent(selector, patience), [
      selector,
      PATIENCE,
    ] as const);
    await press(page).click();
    const { began, change, content } = await page.evaluate(() => (window as unknown as Watched).visited);
    await page.waitForTimeout(Math.max(400, STAY - content));
    const { shift, task } = await page.evaluate((since) => {
      const { shifts, tasks } = window as unknown as Watched;
      return {
        shift: shifts.filter(({ at }) => at >= since).reduce((sum, { value }) => sum + value, 0),
        task: Math.max(0, ...tasks.filter(({ at }) => at >= since).map(({ milliseconds }) => milliseconds)),
      };
    }, began);
    all.push({ stop: name, change, content, shift, task });
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

const at = (share: number, values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
const milliseconds = (value: number): string => `${value.toFixed(0)} ms`;

function report(name: string, values: readonly number[]): void {
  const [median, most] = [at(0.5, values), at(0.95, values)].map(milliseconds);
  console.log(`${name.padEnd(34)} median ${median.padStart(8)}   95% ${most.padStart(8)}   (${values.length})`);
}

/** A line a screen: medians with the 95th percentiles of times, the most of the others. */
function table(all: readonly Visit[]): void {
  const columns = ['', 'change', '95%', 'content', '95%', 'shift', 'task', 'visits'];
  const row = (cells: readonly string[]) =>
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(10))).join(''));
  row(columns);
  const line = (name: string, some: readonly Visit[]) => {
    const times = (['change', 'content'] as const).flatMap((key) => {
      const values = some.map((visit) => visit[key]);
      return [milliseconds(at(0.5, values)), milliseconds(at(0.95, values))];
    });
    const shift = Math.max(...some.map((visit) => visit.shift)).toFixed(3);
    row([name, ...times, shift, milliseconds(Math.max(...some.map(({ task }) => task))), String(some.length)]);
  };
  for (const [stop, some] of Map.groupBy(all, (visit) => visit.stop)) line(stop, some);
  line('all', all);
}
