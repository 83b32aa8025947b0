import { basename, join } from 'node:path';
import type { Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { tinyRequest } from '../api/in-memory.ts';
import { writeColours } from '../study/tiny-study.ts';
import { hasChromium } from '../chromium.ts';
import { trainers } from '../process/trainers.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

const RUNS = ['baseA', 'baseB', 'B1B', 'B1B+', 'A1B', 'A1B+', 'R1B'];
/** So many that a training is under way for as long as the tests look at it. */
const MANY_EPOCHS = 80_000;
const patient = { timeout: 30_000 };
/** For whole studies on a machine that is busy with other things. */
const veryPatient = { timeout: 120_000 };

const node = (page: Page, name: string, replicate = 0) => page.locator(`[data-node="${replicate} ${name}"]`);
const stateOf = (page: Page, name: string) => node(page, name).getAttribute('data-state');
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const status = (page: Page) => page.locator('p.status');
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true, level: 2 });
const chart = (page: Page, measure: 'Loss' | 'Top-1 accuracy') =>
  page.getByRole('slider', { name: new RegExp(`^${measure} of `) });
const filters = (page: Page) => page.getByRole('img', { name: /^First-layer filters of / });
const history = (page: Page) => page.getByRole('slider', { name: 'Step of the training that is shown' });

/** The step in words such as `First-layer filters of baseB at step 1,234`. */
const stepIn = (words: string | null) => Number(/step ([\d,]+)/.exec(words ?? '')?.[1].replaceAll(',', '') ?? NaN);
const curveStep = async (page: Page) => stepIn(await chart(page, 'Loss').getAttribute('aria-label'));
const filterStep = async (page: Page) => stepIn(await filters(page).getAttribute('aria-label'));
const shareOf = async (page: Page, name: string) =>
  Number(/(\d+)%/.exec((await node(page, name).getAttribute('aria-label')) ?? '')?.[1] ?? NaN);
const pixels = (page: Page) => filters(page).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

describe.skipIf(!hasChromium)('Live', () => {
  let window: Window;
  let page: Page;
  let set: string;
  /** Studies: one that takes long, one of a few seconds. */
  let long: string;
  let brief: string;

  beforeAll(async () => {
    window = await openWindow({ at: '#/live' });
    page = window.page;
    const { index, folder } = await writeColours(join(window.home, 'data'));
    window.workspace.application.store.addImageSet({
      ...{ id: index.id, name: index.name, size: index.size, classes: 4, trainImages: 40, heldOutImages: 40 },
      ...{ folder: basename(folder), source: index.source, created: '2026-01-01T00:00:00.000Z' },
    });
    set = index.id;
  });
  afterAll(() => window?.close());

  const begin = (name: string, epochs: number) =>
    window.workspace.runStudy(requestOf({ ...tinyRequest(set), name, epochs }), 2);

  it('says how to begin while there is no study', async () => {
    await page.getByRole('heading', { name: 'No network is trained yet' }).waitFor();
    expect(await window.violations()).toEqual([]);
    await window.screenshot('live-empty');
    await button(page, 'Set up a study').click();
    await expect.poll(() => page.title()).toBe('Study · Transplant');
    await page.getByRole('navigation').getByRole('link', { name: 'Live' }).click();
  });

  it('shows every network of a study that begins, and fills those in training', async () => {
    long = await begin('A long study', MANY_EPOCHS);
    await page.getByRole('heading', { name: 'A long study', level: 1 }).waitFor();
    for (const name of RUNS) await node(page, name).waitFor();
    await expect.poll(() => stateOf(page, 'baseB'), patient).toBe('running');
    expect(await stateOf(page, 'A1B+')).toBe('planned');
    await expect.poll(() => status(page).innerText()).toMatch(/^Training\s+0 of 7 networks finished, 2 in training$/);
    await expect.poll(() => shareOf(page, 'baseB'), patient).toBeGreaterThan(0);
    await page.getByText(/images\/s$/).waitFor();
  });

  it('follows a base in training, until another network is chosen by mouse or keys', async () => {
    await heading(page, 'baseB').waitFor();
    await node(page, 'baseA').click();
    await heading(page, 'baseA').waitFor();
    expect(await node(page, 'baseA').getAttribute('aria-pressed')).toBe('true');
    expect(await node(page, 'baseB').getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('ArrowRight');
    expect(await heading(page, 'baseA').count()).toBe(1);
    await page.keyboard.press('Enter');
    await heading(page, 'A1B').waitFor();
    await page.getByText('The curve appears with the first steps.').waitFor();
    await page.getByText('The filters appear once it trains.').waitFor();
    await window.screenshot('live-waiting');
    await button(page, 'Follow the training').click();
    await heading(page, 'baseB').waitFor();
  });

  it('draws the curves of the chosen network as they grow, and reads them by pointer and keys', async () => {
    await chart(page, 'Top-1 accuracy').waitFor(patient);
    const before = await curveStep(page);
    await expect.poll(() => curveStep(page), patient).toBeGreaterThan(before);
    await chart(page, 'Loss').focus();
    await page.keyboard.press('End');
    await expect
      .poll(() => chart(page, 'Loss').getAttribute('aria-valuetext'))
      .toMatch(/^Step [\d,]+, (held-out images|training): \d+\.\d{3} nats$/);
    const tip = page.locator('[data-chart="accuracy"] .tip');
    await chart(page, 'Top-1 accuracy').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Home');
    await tip.waitFor();
    expect(await tip.innerText()).toMatch(/^Step [\d,]+\n.*: \d+\.\d%$/);
  });

  it('refreshes the filters in training; the slider goes back to how they began and forward to now', async () => {
    await filters(page).waitFor(patient);
    const before = await filterStep(page);
    await expect.poll(() => filterStep(page), patient).toBeGreaterThan(before);
    await expect.poll(async () => Number(await history(page).getAttribute('max')), patient).toBeGreaterThan(1);
    const newest = await pixels(page);
    await history(page).focus();
    await page.keyboard.press('Home');
    await expect.poll(() => filterStep(page)).toBe(0);
    const first = await pixels(page);
    expect(first).not.toBe(newest);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => filterStep(page)).toBeGreaterThan(0);
    expect(await pixels(page)).not.toBe(first);
    // What was chosen stays while the training goes on.
    const [chosen, reached] = [await filterStep(page), await curveStep(page)];
    await expect.poll(() => curveStep(page), patient).toBeGreaterThan(reached);
    expect(await filterStep(page)).toBe(chosen);
    await page.keyboard.press('End');
    await expect.poll(() => filterStep(page)).toBeGreaterThan(chosen);
    await window.screenshot('live-training');
  });

  it('shows the same after a reload in the middle, and in a second page', async () => {
    await node(page, 'baseA').click();
    const curve = await curveStep(page);
    await page.reload();
    await heading(page, 'baseA').waitFor();
    await expect.poll(() => curveStep(page), patient).toBeGreaterThanOrEqual(curve);
    expect(await stateOf(page, 'baseA')).toBe('running');
    const second = await window.openPage({ at: '#/live' });
    await expect.poll(() => stateOf(second, 'baseA')).toBe('running');
    await heading(second, 'baseB').waitFor();
    await button(second, 'Pause').click();
    // The keyboard is where it can take that back.
    await expect.poll(() => second.evaluate(() => document.activeElement?.textContent?.trim()), patient).toBe('Resume');
    // Either page sees what was done in the other.
    await expect.poll(() => status(page).innerText(), patient).toMatch(/^Paused/);
    await second.context().close();
  });

  it('keeps what there is of a paused study, reloaded or not, and goes on from there', async () => {
    expect(await stateOf(page, 'baseA')).toBe('stopped');
    const [words, curve] = [await node(page, 'baseA').getAttribute('aria-label'), await curveStep(page)];
    expect(words).toMatch(/^baseA, paused at \d+%$/);
    await filters(page).waitFor();
    await window.screenshot('live-paused');
    await page.reload();
    await expect.poll(() => status(page).innerText()).toMatch(/^Paused/);
    await expect.poll(() => node(page, 'baseA').getAttribute('aria-label'), patient).toBe(words);
    await expect.poll(() => curveStep(page)).toBeGreaterThanOrEqual(curve);
    const paused = await curveStep(page);
    await button(page, 'Resume').click();
    // Where Resume was is Pause, which has the focus now.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim()), patient).toBe('Pause');
    await expect.poll(() => status(page).innerText(), patient).toMatch(/^Training/);
    await expect.poll(() => curveStep(page), patient).toBeGreaterThan(paused);
  });

  it('goes on after a trainer was killed, and says so', async () => {
    for (const name of ['baseA', 'baseB']) await expect.poll(() => stateOf(page, name), patient).toBe('running');
    const killed = trainers();
    expect(killed).toHaveLength(2);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await page
      .getByText(
        /^The training base[AB] was interrupted: its process ended\. It went on from step .*; nothing is lost\./,
      )
      .first()
      .waitFor(patient);
    const words = () => node(page, 'baseA').getAttribute('aria-label');
    await expect.poll(words, patient).toMatch(/training, .*restarted after a crash$/);
    const reached = await curveStep(page);
    await expect.poll(() => curveStep(page), patient).toBeGreaterThan(reached);
    // It stays told while the training goes on.
    expect(await words()).toMatch(/training, .*restarted after a crash$/);
    await window.screenshot('live-restarted');
    for (const { id } of window.workspace.activity().notices) window.workspace.dismissNotice(id);
  });

  it.each(['light', 'dark'] as const)('has nothing for axe to find while it trains, in %s', async (colorScheme) => {
    const other = await window.openPage({ colorScheme, height: 1100, at: '#/live' });
    await chart(other, 'Loss').waitFor(patient);
    await filters(other).waitFor(patient);
    expect(await window.violations(other)).toEqual([]);
    await window.screenshot(`live-${colorScheme}`, other);
    await other.context().close();
  });

  it.each([900, 400])('does not scroll sideways at %i pixels', async (width) => {
    const other = await window.openPage({ width, at: '#/live' });
    await chart(other, 'Loss').waitFor(patient);
    await filters(other).waitFor(patient);
    expect(await other.evaluate(() => document.querySelector('main')!.scrollWidth)).toBeLessThanOrEqual(width);
    const right = await other.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('.drawing svg, canvas')].map((one) => one.getBoundingClientRect().right),
      ),
    );
    expect(right).toBeLessThanOrEqual(width);
    await window.screenshot(`live-${width}`, other);
    await heading(other, 'baseB').scrollIntoViewIfNeeded();
    await window.screenshot(`live-${width}-network`, other);
    await other.context().close();
  });

  it('says that Transplant is gone while there is no connection, and offers nothing that needs it', async () => {
    const other = await window.page.context().newPage();
    let socket: WebSocketRoute | undefined;
    await other.routeWebSocket(/\/connection$/, (one) => {
      one.connectToServer();
      socket = one;
    });
    await other.goto(`${new URL(window.host.link).origin}/#/live`);
    await expect.poll(() => status(other).innerText(), patient).toMatch(/^Training/);
    expect(await button(other, 'Pause').isEnabled()).toBe(true);
    await other.route('**/session', (route) => route.abort());
    await socket!.close({ code: 1001 });
    await expect.poll(() => status(other).innerText()).toMatch(/^No connection: this was the state when it was lost/);
    for (const name of ['Pause', 'Cancel the study …']) expect(await button(other, name).isDisabled()).toBe(true);
    expect(await other.getByText(/images\/s$/).count()).toBe(0);
    await other.close();
  });

  it('asks before it cancels, and then discards what is half trained', async () => {
    await button(page, 'Cancel the study …').click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this study?' });
    await dialog.getByText('2 half-trained networks are discarded').waitFor();
    await window.screenshot('live-cancel');
    expect(await window.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Keep training' }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    expect(window.workspace.isRunning(long)).toBe(true);
    await button(page, 'Cancel the study …').click();
    await dialog.getByRole('button', { name: 'Cancel the study' }).click();
    for (const name of RUNS) await expect.poll(() => stateOf(page, name), patient).toBe('planned');
    await page.getByText('0% done').waitFor();
    await page.getByText('The filters appear once it trains.').waitFor();
    expect(await chart(page, 'Loss').count()).toBe(0);
    await window.screenshot('live-cancelled');
  });

  it('finishes node by node, and then leads to the results', veryPatient, async () => {
    brief = await begin('A brief study', 12);
    await page.getByRole('heading', { name: 'A brief study', level: 1 }).waitFor();
    for (const name of RUNS) await expect.poll(() => stateOf(page, name), veryPatient).toBe('finished');
    expect(await node(page, 'A1B').getAttribute('aria-label')).toMatch(/^A1B, finished, accuracy \d+\.\d%$/);
    await expect.poll(() => status(page).innerText(), patient).toMatch(/^Finished\s+7 of 7 networks finished$/);
    await node(page, 'A1B').click();
    await page.getByText('Its first layer is frozen: these filters of baseA stay as they are.').waitFor();
    expect(await history(page).count()).toBe(0);
    await chart(page, 'Loss').waitFor();
    await window.screenshot('live-finished');
    await button(page, 'See the results').click();
    await expect.poll(() => page.evaluate(() => location.hash)).toBe(`#/results/${brief}`);
  });

  it('shows the stored study that the address or the list names', async () => {
    await page.evaluate((hash) => (location.hash = hash), `#/live/${long}`);
    await page.getByRole('heading', { name: 'A long study', level: 1 }).waitFor();
    await expect.poll(() => stateOf(page, 'baseB')).toBe('planned');
    await page.getByRole('combobox', { name: /^Study/ }).selectOption({ label: 'A brief study' });
    await page.getByRole('heading', { name: 'A brief study', level: 1 }).waitFor();
    await expect.poll(() => stateOf(page, 'baseB')).toBe('finished');
    expect(await page.evaluate(() => location.hash)).toBe(`#/live/${brief}`);
  });

  it('says that a study is not there which its address names', async () => {
    const other = await window.openPage({ at: '#/live/000000000000' });
    await other.getByRole('alert').waitFor();
    expect(await other.getByRole('alert').innerText()).toContain('000000000000');
    await window.screenshot('live-unknown', other);
    await other.context().close();
  });

  it('has said nothing on the console', () => {
    expect(window.complaints).toEqual([]);
  });
});

const FAILED = 'The loss is not a number at step 412; lower the learning rate.';

describe.skipIf(!hasChromium)('Live of a study with failures', () => {
  let window: Window;
  let page: Page;
  let study: string;

  beforeAll(async () => {
    const { home, ids } = await madeUpHome([
      { name: 'Many', replicates: 2, trainingSeed: 1 },
      {
        name: 'With failures',
        replicates: 1,
        layers: [1],
        trainingSeed: 2,
        status: 'failed',
        changes: { treatments: ['transfer'] },
        end: ({ name }) => (name === 'baseA' ? 'failed' : name === 'A1B' ? 'planned' : 'finished'),
      },
    ]);
    study = ids[1];
    window = await openWindow({ home, at: `#/live/${ids[0]}` });
    page = window.page;
  });
  afterAll(() => window?.close());

  it('shows each replicate of a large study', async () => {
    await page.getByRole('heading', { name: 'Many', level: 1 }).waitFor();
    await node(page, 'A7B+', 1).click();
    await heading(page, 'A7B+ · Replicate 2').waitFor();
    // Only of bases have these studies a curve.
    await node(page, 'baseB', 1).click();
    await chart(page, 'Loss').waitFor();
    await window.screenshot('live-many');
    expect(await window.violations()).toEqual([]);
  });

  it('takes it that a screen is left before its curve has come', async () => {
    const other = await window.page.context().newPage();
    const complaints: string[] = [];
    other.on('console', (message) => complaints.push(message.text()));
    const held: (() => void)[] = [];
    let holding = false;
    await other.routeWebSocket(/./, (socket) => {
      socket.connectToServer().onMessage((message) => {
        if (holding) held.push(() => socket.send(message));
        else socket.send(message);
      });
    });
    await other.goto(window.host.link);
    await other.locator('main h1').first().waitFor();
    await other.evaluate((hash) => (location.hash = hash), new URL(page.url()).hash);
    await node(other, 'baseA', 0).click();
    await chart(other, 'Loss').waitFor();
    holding = true;
    await node(other, 'baseB', 0).click();
    await expect.poll(() => held.length).toBeGreaterThan(0);
    await other.getByRole('link', { name: 'Data', exact: true }).click();
    await other.getByRole('heading', { name: 'Images', level: 1 }).waitFor();
    holding = false;
    for (const send of held) send();
    // What is asked now is answered after what was held.
    await other.evaluate((hash) => (location.hash = hash), `#/live/${study}`);
    await other.getByRole('heading', { name: 'With failures', level: 1 }).waitFor();
    await chart(other, 'Loss').waitFor();
    expect(complaints).toEqual([]);
    await other.close();
  });

  it.each(['light', 'dark'] as const)('says what failed and why, in %s', async (colorScheme) => {
    const other = await window.openPage({ colorScheme, at: `#/live/${study}` });
    await expect.poll(() => status(other).innerText()).toMatch(/^Finished, but some trainings failed/);
    expect([await stateOf(other, 'baseA'), await stateOf(other, 'A1B')]).toEqual(['failed', 'skipped']);
    await other.getByRole('alert').getByText(`baseA: ${FAILED}`).waitFor();
    // Each is large enough to be hit, however few stand beside it.
    for (const one of await other.locator('[data-node]').all())
      expect((await one.boundingBox())!.height).toBeGreaterThanOrEqual(24);
    await node(other, 'A1B').click();
    await other.getByText('The base network that its first layers come from did not finish.').waitFor();
    expect(await window.violations(other)).toEqual([]);
    await window.screenshot(`live-failed-${colorScheme}`, other);
    await other.context().close();
  });

  it('tries failed trainings again when asked', veryPatient, async () => {
    await page.evaluate((hash) => (location.hash = hash), `#/live/${study}`);
    await button(page, 'Try failed trainings again').click();
    await expect.poll(() => status(page).innerText(), veryPatient).toMatch(/^Finished\s+3 of 3/);
    expect(await page.getByText(FAILED).count()).toBe(0);
    expect(await stateOf(page, 'baseA')).toBe('finished');
    expect(window.complaints).toEqual([]);
  });
});
