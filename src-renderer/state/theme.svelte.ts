import { MediaQuery } from 'svelte/reactivity';
import type { Theme } from '../../src-main/common/charts/look.ts';
import type { Settings } from '../../src-main/common/contract/settings.ts';

const dark = new MediaQuery('prefers-color-scheme: dark');
/** A copy of what main has stored, so that a page is drawn in its colours before main has answered. */
const STORED = 'theme';

const isChoice = (text: string | null): text is Settings['theme'] =>
  text === 'system' || text === 'light' || text === 'dark';

class ThemeChoice {
  #chosen = $state<Settings['theme']>('system');

  constructor() {
    const stored = localStorage.getItem(STORED);
    if (isChoice(stored)) this.choose(stored);
  }

  /** The theme as it is now, as the system changes: for what is drawn and can't follow the colours of style/tokens.css by itself. */
  get current(): Theme {
    return this.#chosen === 'system' ? (dark.current ? 'dark' : 'light') : this.#chosen;
  }

  choose(chosen: Settings['theme']): void {
    this.#chosen = chosen;
    localStorage.setItem(STORED, chosen);
    // Every colour of the style is one for light and one for dark.
    document.documentElement.style.colorScheme = chosen === 'system' ? '' : chosen;
  }
}

export const theme = new ThemeChoice();
