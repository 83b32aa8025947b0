import { SCREEN_NAMES, type Screen } from '../../src-main/common/commands.ts';

export type { Screen };
export const SCREENS = Object.keys(SCREEN_NAMES) as Screen[];

/** Milliseconds. */
const LONGEST_FRAME = 100;

/** Where the window is: `#/results/3f2a...`. In the address, so that a reloaded page comes back to the same place. */
class Route {
  /** Where a press leads: marked in the navigation at once, while the screen itself comes a frame later. */
  going = $state<Screen>('welcome');
  screen = $state<Screen>('welcome');
  /** What the screen is about: the id of a set, a study or a run, or a page of the manual; empty for none. */
  subject = $state('');

  constructor() {
    this.#show();
    window.addEventListener('hashchange', () => this.#follow());
  }

  #read(): { screen: Screen; subject: string } {
    const [, name = '', subject = ''] = location.hash.split('/').map(decodeURIComponent);
    const screen = SCREENS.find((one) => one === name) ?? 'welcome';
    this.going = screen;
    return { screen, subject };
  }

  #show(): void {
    const { screen, subject } = this.#read();
    this.screen = screen;
    this.subject = subject;
  }

  /** Another screen takes a moment to be made, on a busy machine a long one: first the press is answered. */
  #follow(): void {
    if (this.#read().screen === this.screen) return this.#show();
    const show = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      this.#show();
    };
    // A page that can't be seen has no frames.
    let timer = setTimeout(show, LONGEST_FRAME);
    const frame = requestAnimationFrame(() => {
      clearTimeout(timer);
      timer = setTimeout(show);
    });
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
