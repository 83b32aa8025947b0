import { AxeBuilder } from '@axe-core/playwright';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { serveConnection } from '../../src-main/api/connection.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { openBrowserHost, type BrowserHost } from '../../src-main/host/browser-host.ts';
import { openChromium } from '../chromium.ts';
import { bundle } from './bundle.ts';

/** With TRANSPLANT_TEST_PICTURES=1, tests keep pictures of the screens here, to be looked at; git ignores them. */
const PICTURES = process.env.TRANSPLANT_TEST_PICTURES ? new URL('../output/', import.meta.url).pathname : null;

export interface WindowOptions {
  /** Absent: a new, empty one. */
  readonly home?: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** `#/data`; absent: the first page. */
  readonly at?: string;
}

export interface Window {
  readonly page: Page;
  readonly home: string;
  readonly workspace: Workspace;
  readonly host: BrowserHost;
  /** What the console and the page complained of: to be empty at the end. */
  readonly complaints: string[];
  /** Another page on the same workspace, as a second tab or a reopened window. */
  openPage(options?: Omit<WindowOptions, 'home'>): Promise<Page>;
  /** What axe-core finds wrong with the page as it is, by these rules alone where some are given. */
  violations(page?: Page, rules?: string[]): Promise<string[]>;
  screenshot(name: string, page?: Page): Promise<void>;
  close(): Promise<void>;
}

/** What axe-core finds wrong is all that is asked: to name every place where nothing is wrong takes most of its time. */
export const axe = (page: Page): AxeBuilder =>
  new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'], selectors: false });

/** A picture of a page as it is, where pictures are asked for. */
export async function picture(page: Page, name: string, { fullPage = false } = {}): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage });
}

/**
 * The built screens in a real Chromium, served by the real host on a real workspace and store; trainings are real child
 * processes. To be closed by whoever opens it.
 */
export async function openWindow(options: WindowOptions = {}): Promise<Window> {
  const renderer = join(bundle(), 'renderer');
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'transplant-window-'));
  const workspace = new Workspace({ home });
  workspace.open();
  const host = await openBrowserHost({
    renderer,
    home,
    port: 0,
    closed: () => workspace.closed,
    connect: (channel) => serveConnection(channel, workspace, { kind: 'browser' }),
  });
  const browser = await openChromium();
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  const openPage: Window['openPage'] = async ({ colorScheme = 'light', width = 1280, height = 800, at } = {}) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height }, acceptDownloads: true });
    contexts.push(context);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(host.link);
    await page.locator('main h1').first().waitFor();
    if (at) await page.evaluate((hash) => (location.hash = hash), at);
    return page;
  };
  const page = await openPage(options);
  return {
    page,
    home,
    workspace,
    host,
    complaints,
    openPage,
    async violations(which = page, rules) {
      const { violations } = await (rules ? axe(which).withRules(rules) : axe(which)).analyze();
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, any }) => `${id}: ${html} ${any[0]?.message ?? ''}`),
      );
    },
    async screenshot(name, which = page) {
      await picture(which, name);
    },
    async close() {
      await Promise.all(contexts.map((context) => context.close()));
      await host.close();
      await workspace.close();
    },
  };
}
