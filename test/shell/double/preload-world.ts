import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { pageWorld, preloadWorld, type FromPage, type ToPage } from './page-side.ts';

const NAME = 'preload';
const BINDING = 'toElectronDouble';
const WISH = 'Page.frameRequestedNavigation';
/** Milliseconds. */
const LATEST = 300;

export interface PreloadListener {
  /** The document is gone. */
  gone(): void;
  heard(message: FromPage): void;
}

/** The world that a preload has in a page, apart from the page's own: it sees the same document, and none of its scripts. */
export class PreloadWorld {
  readonly #tools: CDPSession;
  /** Chromium's number of the world of the document that is shown. */
  #document: number | undefined;
  readonly #wishes = new Set<string>();
  /** Resolves when the document has heard what it was told last, or is gone. */
  told: Promise<unknown> = Promise.resolve();

  private constructor(tools: CDPSession) {
    this.#tools = tools;
  }

  static async open(page: Page, preload: string, listener: PreloadListener): Promise<PreloadWorld> {
    const tools = await page.context().newCDPSession(page);
    const world = new PreloadWorld(tools);
    const { frameTree } = await tools.send('Page.getFrameTree');
    tools.on('Runtime.executionContextCreated', ({ context }) => {
      const { frameId } = context.auxData as { frameId: string };
      if (context.name === NAME && frameId === frameTree.frame.id) world.#document = context.id;
    });
    tools.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      if (executionContextId === world.#document) world.#gone(listener);
    });
    tools.on('Runtime.executionContextsCleared', () => world.#gone(listener));
    tools.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === BINDING && executionContextId === world.#document) listener.heard(JSON.parse(payload) as FromPage);
    });
    tools.on(WISH, ({ url }) => world.#wishes.add(url));
    await tools.send('Page.enable');
    await tools.send('Runtime.enable');
    await tools.send('Runtime.addBinding', { name: BINDING, executionContextName: NAME });
    const secret = JSON.stringify(randomUUID());
    await tools.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${pageWorld})(${secret})` });
    await tools.send('Page.addScriptToEvaluateOnNewDocument', {
      source: `(${preloadWorld})(${secret}, (require) => {${preload}\n});`,
      worldName: NAME,
    });
    return world;
  }

  #gone(listener: PreloadListener): void {
    this.#document = undefined;
    listener.gone();
  }

  /** In the order of the calls. What is told while there is no document, or another by then, is lost. */
  tell(message: ToPage): void {
    if (this.#document === undefined) return;
    const expression = `electronDouble(${JSON.stringify(message)})`;
    this.told = this.#tools.send('Runtime.evaluate', { expression, contextId: this.#document }).catch(() => {});
  }

  /**
   * Whether the page itself, and not its browser, has asked to go to this address. Chromium says so, on another way than it asks for
   * the address: soon after at the latest.
   */
  async wishes(url: string): Promise<boolean> {
    const until = performance.now() + LATEST;
    while (!this.#wishes.delete(url)) {
      const left = until - performance.now();
      if (left <= 0) return false;
      await Promise.race([new Promise((resolve) => this.#tools.once(WISH, resolve)), setTimeout(left)]);
    }
    return true;
  }
}
