import { afterChanges } from '../../src-main/common/activity-changes.ts';
import type { Activity } from '../../src-main/common/contract/activity.ts';
import type { HomeState } from '../../src-main/common/contract/home.ts';
import { connect, sentenceOf, SentenceError, type Api } from '../api.ts';
import { commonText } from '../text/common.ts';

const NOTHING: Activity = {
  stored: 0,
  moved: false,
  imports: [],
  preparing: null,
  study: null,
  queue: { held: false, waiting: [] },
  notices: [],
};

/** Milliseconds between tries to connect again. */
const AGAIN = 1000;

/** The connection to main, and what is under way there as it changes. One for the whole page. */
class Session {
  /** Undefined while there is no connection. */
  #api = $state.raw<Api>();
  home = $state.raw<HomeState>();
  activity = $state.raw<Activity>(NOTHING);
  /**
   * Counts the changes of what is stored. For questions that are to be asked again then: the activity as a whole changes
   * several times a second.
   */
  readonly stored = $derived(this.activity.stored);
  /** Why there is no connection. */
  problem = $state<string>();
  readonly #waiting: (() => void)[] = [];

  /** Connects, and again whenever the connection is lost. Never returns. */
  async run(): Promise<never> {
    for (;;) {
      try {
        const { api, lost } = await connect();
        await Promise.race([this.#listen(api), lost]);
      } catch (error) {
        this.problem = sentenceOf(error);
      }
      this.#api = undefined;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }

  async #listen(api: Api): Promise<void> {
    this.home = await api.home.state();
    this.#api = api;
    this.problem = undefined;
    this.#goOn();
    let known: Activity | undefined;
    for await (const changes of await api.home.watch()) {
      this.activity = known = afterChanges(known, changes);
      // By another page.
      if (this.activity.moved && !this.home?.moved) this.home = await api.home.state();
    }
  }

  /** Calls to main. Screens are only shown while there is a connection and the home folder is open. */
  get api(): Api {
    if (!this.#api) throw new SentenceError(commonText.notConnected);
    return this.#api;
  }

  get connected(): boolean {
    return this.#api !== undefined;
  }

  /** Tries to open the home folder again. */
  async retry(): Promise<void> {
    this.home = await this.api.home.retry();
    this.#goOn();
  }

  /**
   * Calls to main once there is a connection and the home folder is open: for what a person may begin before, or while the connection
   * is lost. Rejects when the signal says so.
   */
  async opened(signal?: AbortSignal): Promise<Api> {
    while (!this.connected || this.home?.closed !== null)
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    return this.api;
  }

  #goOn(): void {
    if (this.connected && this.home?.closed === null) for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

export const session = new Session();
