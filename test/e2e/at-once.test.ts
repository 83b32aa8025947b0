import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('a screen that was left', () => {
  let window: Window;
  beforeAll(async () => {
    const { home } = await madeUpHome([{ name: 'owls', replicates: 3, trainingSeed: 1 }]);
    window = await openWindow({ home, at: '#/results' });
  });
  afterAll(() => window.close());

  const go = (screen: string) => window.page.evaluate((hash) => void (location.hash = hash), `#/${screen}`);

  it('shows what it showed, while main works out what there is now', async () => {
    const { page } = window;
    const figure = page.locator('main figure, main svg').first();
    await figure.waitFor();
    // Everything comes, part by part.
    const rows = page.locator('#tables').getByRole('region', { name: 'Every network' }).locator('tbody tr');
    await rows.first().waitFor();
    const networks = window.workspace.application.store
      .studies()
      .flatMap(({ id }) => window.workspace.application.store.studyRuns(id));
    await expect.poll(() => rows.count()).toBe(networks.length);
    await go('help');
    await page.locator('main article').waitFor();
    const runs = vi.spyOn(window.workspace.application.store, 'studyRuns').mockImplementation(() => {
      throw new Error('it is busy');
    });
    await go('results');
    await page.locator('main svg').first().waitFor();
    window.workspace.touchStored();
    await page.getByText('This is a bug in Transplant: it is busy.').first().waitFor();
    expect(await page.locator('main svg').count()).toBeGreaterThan(0);
    runs.mockRestore();
    window.complaints.length = 0;
  });

  it('was asked ahead: its first opening shows results though main is busy', async () => {
    const { workspace, openPage } = window;
    const { store } = workspace.application;
    const settings = vi.spyOn(store, 'setting');
    const page = await openPage({ at: '#/help' });
    // What is asked ahead ends with what is known of the machine.
    await expect.poll(() => settings.mock.calls.flat()).toContain('examined-libraries');
    settings.mockRestore();
    const [{ id }] = store.studies();
    const busy = vi.spyOn(workspace, 'application', 'get').mockImplementation(() => {
      throw new Error('it is busy');
    });
    await page.evaluate((hash) => void (location.hash = hash), `#/results/${id}`);
    await page.locator('main .chart svg').first().waitFor();
    busy.mockRestore();
    await page.close();
    window.complaints.length = 0;
  });

  it('begins with what was found on the machine before, says when, and goes on to what is found now', async () => {
    const { workspace, openPage } = window;
    const { store } = workspace.application;
    const finding = (text: string) => ({ name: 'engine onnx', status: 'ok' as const, text });
    const found = { at: '2026-11-01T10:00:00.000Z', findings: [finding('An older runtime.')] };
    store.setSetting('examined-libraries', JSON.stringify(found));
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof finding>[]>();
    const tried = vi.spyOn(workspace.libraries, 'findings').mockReturnValue(promise);
    const page = await openPage({ at: '#/engine' });
    await page.getByText('An older runtime.').waitFor();
    await page.getByText(/^As found on 1 Nov 2026, .* Examining again …$/).waitFor();
    resolve([finding('A newer runtime.')]);
    await page.getByText('A newer runtime.').waitFor();
    expect(await page.getByText(/An older runtime|As found on/).count()).toBe(0);
    tried.mockRestore();
    await page.close();
    expect(window.complaints).toEqual([]);
  });

  it('is examined once: engines are tried again only where somebody asks', async () => {
    const { page } = window;
    const tried = vi.spyOn(window.workspace.libraries, 'findings');
    await go('engine');
    // Known before any engine was tried.
    await page.getByRole('listitem').filter({ hasText: 'Memory' }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'tensorflow' }).waitFor();
    await go('help');
    await page.locator('main article').waitFor();
    await go('engine');
    await page.getByRole('listitem').filter({ hasText: 'tensorflow' }).waitFor({ timeout: 1000 });
    await page.getByRole('button', { name: 'Examine again' }).click();
    await expect.poll(() => tried.mock.calls.map(([, again]) => again)).toEqual([false, false, true]);
    expect(await window.violations()).toEqual([]);
    expect(window.complaints).toEqual([]);
  });
});
