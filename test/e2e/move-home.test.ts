import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hasChromium, openChromium } from '../chromium.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { bundle } from './bundle.ts';
import { madeUpHome } from './made-up-home.ts';
import { startServe } from './serve-process.ts';

async function openPage(link: string, at: string): Promise<Page> {
  const page = await (await (await openChromium()).newContext()).newPage();
  onTestFinished(() => page.context().close());
  await page.goto(link);
  await page.locator('main h1').first().waitFor();
  await page.evaluate((hash) => (location.hash = hash), at);
  return page;
}

// Of the platforms, this one names its folders in variables.
describe.runIf(hasChromium && process.platform === 'linux')('a home that is moved in the window', () => {
  beforeAll(() => void bundle(), 300_000);

  it('is the copy after the next start, with its studies; the former folder stays until it is deleted', async () => {
    const base = temporaryFolder();
    const { home } = await madeUpHome([{ name: 'Birds', replicates: 1, layers: [1], trainingSeed: 1 }]);
    const [before, after] = [join(base, 'data', 'Transplant'), join(base, 'a drive', 'new')];
    mkdirSync(join(base, 'data'));
    renameSync(home, before);
    const serve = () =>
      startServe(['serve', '--port', '0'], {
        environment: { TRANSPLANT_HOME: '', XDG_DATA_HOME: join(base, 'data'), XDG_CONFIG_HOME: join(base, 'config') },
      });

    const first = serve();
    const link = await first.link;
    const page = await openPage(link, '#/settings');
    const other = await openPage(link, '#/results');
    await other.getByRole('heading', { level: 1, name: 'Birds' }).waitFor();
    await page.getByRole('button', { name: 'Move …' }).click();
    const field = page.getByRole('dialog', { name: 'Move the home folder' }).getByLabel('New folder');
    await field.fill(after);
    await field.press('Enter');
    await page.getByRole('heading', { name: 'The home folder was moved' }).waitFor();
    const said = page.getByText(`The home folder is at ${after} now. Close Transplant and start it again to use it`);
    await said.waitFor();
    await other.getByRole('heading', { name: 'The home folder was moved' }).waitFor();
    // There is nothing that could be tried again, and a reload changes nothing.
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.reload();
    await said.waitFor();
    expect(existsSync(join(before, 'transplant.sqlite'))).toBe(true);
    first.child.kill('SIGINT');
    expect((await first.ended).code).toBe(0);

    const second = serve();
    const again = await openPage(await second.link, '#/results');
    await again.getByRole('heading', { level: 1, name: 'Birds' }).waitFor();
    await again.evaluate(() => (location.hash = '#/settings'));
    await again.getByText(`The home folder before is still there, as it was: ${before}`).waitFor();
    await again.getByRole('button', { name: 'Delete the former folder' }).click();
    await again.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await expect.poll(() => existsSync(before)).toBe(false);
    await expect.poll(() => again.getByText('The home folder before is still there').count()).toBe(0);
    expect(existsSync(join(after, 'transplant.sqlite'))).toBe(true);
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(0);
  });
});
