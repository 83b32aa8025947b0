export const SCREENS = [
  'welcome',
  'data',
  'split',
  'study',
  'live',
  'filters',
  'layers',
  'results',
  'engine',
  'help',
] as const;
export type Screen = (typeof SCREENS)[number];

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
