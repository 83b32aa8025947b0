import { about } from '../state/about.svelte.ts';
import { additions, USUAL } from '../state/additions.svelte.ts';
import { goTo, SCREENS } from '../state/route.svelte.ts';

const OPEN = 'open:';

/** Does what the native menu, or a file that was opened with the application, asks of the page. */
export function obey(command: string): void {
  const screen = SCREENS.find((name) => name === command);
  if (screen) goTo(screen);
  else if (command === 'new-study') goTo('study');
  else if (command === 'about') about.open = true;
  else if (command === 'import') {
    goTo('data');
    void additions.chooseInDialog('folder', USUAL);
  } else if (command.startsWith(OPEN)) {
    additions.path(command.slice(OPEN.length), USUAL);
    goTo('data');
  }
}
