import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addProfile, checkProfile, profilesOf } from '../../src-main/app/cluster/profiles.ts';
import { tinyRequest } from '../api/in-memory.ts';
import { hasChromium } from '../chromium.ts';
import { onSlurm } from '../cluster/on-slurm.ts';
import { type RealSlurm, startSlurm, whyNoSlurm } from '../cluster/slurm.ts';
import { addImages, tinyProtocol, writeColours } from '../study/tiny-study.ts';
import { openWindow, type Window } from './window.ts';

const patient = { timeout: 90_000 };

describe.skipIf(!hasChromium || whyNoSlurm !== undefined)('a study on a cluster, in the window', () => {
  let slurm: RealSlurm;
  let window: Window;
  let page: Page;
  const spool = mkdtempSync(join(tmpdir(), 'transplant-spool-'));

  beforeAll(async () => {
    slurm = await startSlurm({ yielding: true });
    // One node, so that one of two bases has to wait.
    slurm.run('scontrol', 'update', 'NodeName=n2', 'State=DRAIN', 'Reason=test');
    for (const name of ['SLURM_CONF', 'TRANSPLANT_NODE_FOLDER']) vi.stubEnv(name, slurm.environment[name]);
    window = await openWindow({ at: '#/engine' });
    page = window.page;
    const { index, folder } = await writeColours(join(window.home, 'data'));
    const { store } = window.workspace.application;
    store.addImageSet({
      ...{ id: index.id, name: index.name, size: index.size, classes: 4, trainImages: 40, heldOutImages: 40 },
      ...{ folder: basename(folder), source: index.source, created: '2026-01-01T00:00:00.000Z' },
    });
    const { data, workers: _, ...rest } = tinyRequest(index.id);
    store.setSetting('draft', JSON.stringify({ ...rest, set: data, splitSeed: 1, epochs: 80_000 }));
    addProfile(window.home, checkProfile({ name: 'other', spool, partition: 'nowhere', before: [] }));
  }, 240_000);
  afterAll(async () => {
    await window?.close();
    vi.unstubAllEnvs();
    await slurm?.stop();
    rmSync(spool, { recursive: true, force: true });
  });

  const node = (name: string) => page.locator(`[data-node="0 ${name}"]`);
  const fact = (name: string) => page.locator('dl > div', { has: page.getByText(name, { exact: true }) }).locator('dd');
  const choose = async (name: string) => {
    await node(name).click();
    await page.getByRole('heading', { name, exact: true, level: 2 }).waitFor();
  };

  it('is refused in a sentence with Slurm’s words, and nothing is left behind', async () => {
    await page.reload();
    await page.evaluate(() => (location.hash = '#/study'));
    await page.getByText('More settings').click();
    await page.getByLabel('Trained on', { exact: true }).selectOption('other');
    await page.getByRole('button', { name: 'Run the study' }).click();
    const sentence = await page.getByRole('alert').innerText(patient);
    expect(sentence).toMatch(
      /^The cluster other takes no jobs as it is described; Slurm says ".*invalid partition specified: nowhere.*"\.$/,
    );
    await window.screenshot('cluster-refused');
    expect(await window.violations()).toEqual([]);
    expect(window.workspace.application.store.studies()).toEqual([]);
    expect(readdirSync(spool)).toEqual([]);
  });

  it('is described on Engine, tested there, and forgotten', { timeout: 120_000 }, async () => {
    await page.evaluate(() => (location.hash = '#/engine'));
    const describing = page.getByRole('button', { name: 'Describe a cluster' });
    await describing.click();
    const dialog = page.getByRole('dialog', { name: 'Describe a cluster' });
    const fill = (field: string, value: string) => dialog.getByLabel(field, { exact: true }).fill(value);
    await fill('Name', 'lab');
    await fill('Spool', spool);
    await fill('Partition', 'ma in');
    await dialog.getByRole('button', { name: 'Add the cluster' }).click();
    const refusal = dialog.getByRole('alert');
    expect(await refusal.innerText(patient)).toBe('The partition can\'t be "ma in": a partition is a name.');
    await window.screenshot('cluster-describe');
    expect(await window.violations()).toEqual([]);
    await fill('Partition', 'main');
    await fill('Memory', '300M');
    await dialog.getByRole('button', { name: 'Add the cluster' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText(`Submitted here, spool ${spool}; jobs: main, 300M`).waitFor();
    await page.getByRole('button', { name: 'Test the cluster lab' }).click();
    await page.getByText('The cluster lab can be used.').waitFor(patient);
    expect(await page.getByText(/^n1: .*, 1 core for a job, Node \d+/).count()).toBe(1);
    await page.getByRole('button', { name: 'Test the cluster other' }).click();
    expect(await page.getByRole('alert').innerText(patient)).toContain('invalid partition specified: nowhere');
    await window.screenshot('cluster-tested');
    expect(await window.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Forget the cluster other' }).click();
    await expect.poll(() => profilesOf(window.home).map(({ name }) => name)).toEqual(['lab']);
    await page.getByRole('button', { name: 'Test the cluster other' }).waitFor({ state: 'hidden' });
  });

  it('is chosen on Study, among the clusters that Engine shows', async () => {
    await page.getByRole('heading', { name: 'Clusters' }).waitFor();
    await page.getByText(spool).first().waitFor();
    await window.screenshot('cluster-engine');
    expect(await window.violations()).toEqual([]);
    await page.evaluate(() => (location.hash = '#/study'));
    await page.getByText('More settings').click();
    await page.getByLabel('Trained on', { exact: true }).selectOption('lab');
    await page.getByText('what the cluster needs').waitFor();
    await page.getByLabel('Trained on', { exact: true }).scrollIntoViewIfNeeded();
    await window.screenshot('cluster-study');
    expect(await window.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Run the study' }).click();
  });

  it(
    'shows on Live what runs where, with its rate and curve, and what waits for what',
    { timeout: 240_000 },
    async () => {
      await node('baseB').waitFor(patient);
      const bases = ['baseA', 'baseB'];
      const stateOf = (name: string) => node(name).getAttribute('data-state');
      await expect
        .poll(async () => (await Promise.all(bases.map(stateOf))).sort(), patient)
        .toEqual(['planned', 'running']);
      const [running, waiting] = (await stateOf('baseA')) === 'running' ? bases : bases.toReversed();
      await choose(running);
      await expect.poll(() => fact('Node').innerText(), patient).toBe('n1');
      await expect.poll(() => fact('Images/s').count(), patient).toBe(1);
      await page.getByRole('slider', { name: /^Loss of / }).waitFor(patient);
      await window.screenshot('cluster-live-running');
      expect(await window.violations()).toEqual([]);
      await choose(waiting);
      await expect.poll(() => fact('Cluster').innerText(), patient).toBe('in the queue (Resources)');
      await window.screenshot('cluster-live-queued');
      // The job is taken away from the node, and another of the study takes its place.
      slurm.run('sh', '-c', 'scontrol requeue $(squeue --noheader --states=RUNNING --format=%A)');
      await choose(running);
      await page.getByText('Its job was put back into the queue.').waitFor(patient);
      expect(await stateOf(running)).toBe('planned');
      await window.screenshot('cluster-live-requeued');
      expect(await window.violations()).toEqual([]);
    },
  );

  it('takes back on Pause what waits, and lets what runs write a checkpoint', { timeout: 240_000 }, async () => {
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor(patient);
    await slurm.waitFor('the queue is empty', () => slurm.run('squeue', '--noheader').trim() === '');
    expect(window.complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium || whyNoSlurm !== undefined)('a study whose jobs end at once', () => {
  it('has failed on Live, with the last lines of its job', { timeout: 240_000 }, async () => {
    const slurm = await startSlurm();
    const cluster = await onSlurm(slurm, { before: ['echo "module: command not found"', 'exit 3'] });
    const { home, index, imageSet, store } = cluster.tiny;
    let window: Window | undefined;
    try {
      addImages(store, index, imageSet);
      const { study, outcome } = await cluster.study(tinyProtocol(index, { treatments: ['transfer'] }));
      expect(outcome).toMatchObject({ done: 0, failed: 2 });
      store.updateStudy(study, { status: 'failed', finished: '2026-01-02T00:00:00.000Z' });
      store.close();
      window = await openWindow({ home, at: '#/live' });
      const { page } = window;
      await page.locator('[data-node="0 baseA"]').click();
      const training = page.locator('section', { has: page.getByRole('heading', { name: 'baseA', exact: true }) });
      const alert = training.getByRole('alert');
      const lines = (await alert.innerText(patient)).split('\n');
      expect(lines[0]).toMatch(
        /^Given up after 3 jobs that came no further: its job \d+_0 ended without a result\. Its last lines:$/,
      );
      expect(lines.slice(1)).toEqual(['module: command not found']);
      await window.screenshot('cluster-live-failed');
      expect(await window.violations()).toEqual([]);
    } finally {
      await window?.close();
      cluster.dispose();
      await slurm.stop();
    }
  });
});
