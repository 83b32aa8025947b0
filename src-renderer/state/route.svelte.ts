import { SCREEN_NAMES, type Screen } from '../../src-main/common/commands.ts';

export type { Screen };
export const SCREENS = Object.keys(SCREEN_NAMES) as Screen[];

/** Where the window is: `#/results/3f2a...`. In the address, so that a reloaded page comes back to the same place. */
class Route {
  screen = $state<Screen>('welcome');
  /** What the screen is about: the id of a set, a study or a run, or a page of the manual; empty for none. */
  subject = $state('');

  constructor() {
    this.#read();
    window.addEventListener('hashchange', () => this.#read());
  }

  #read(): void {
    const [, screen = '', subject = ''] = location.hash.split('/').map(decodeURIComponent);
    this.screen = SCREENS.find((name) => name === screen) ?? 'welcome';
    this.subject = subject;
  }
}

export const route = new Route();

/** The link to a screen, for `href`. */
export const linkTo = (screen: Screen, subject = ''): string =>
  `#/${screen}${subject ? `/${encodeURIComponent(subject)}` : ''}`;

export function goTo(screen: Screen, subject = ''): void {
  location.hash = linkTo(screen, subject);
}

/** Whether the dialog that tells what this program is stands open: over any screen, and not in the address. */
export const about = $state({ open: false });

/** Likewise: the palette of commands, and the list of shortcuts. */
export const palette = $state({ open: false });
export const shortcuts = $state({ open: false });
