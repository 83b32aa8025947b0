import { additions, USUAL } from '../state/additions.svelte.ts';
import { about, goTo, route, SCREENS } from '../state/route.svelte.ts';
import { session } from '../state/session.svelte.ts';
import { hasFiles } from '../upload/dropped.ts';

const OPEN = 'open:';

/**
 * Does what the native menu, or a file that was opened with the application, asks of the page. The first commands come before
 * main has answered anything, and while the home folder can't be opened: what needs it waits.
 */
export function runCommand(command: string): void {
  const screen = SCREENS.find((name) => name === command);
  if (screen) goTo(screen);
  else if (command === 'new-study') goTo('study');
  else if (command === 'about') about.open = true;
  else if (command === 'import') {
    goTo('data');
    session.whenOpen(() => void additions.chooseInDialog('folder', USUAL));
  } else if (command.startsWith(OPEN)) {
    session.whenOpen(() => additions.path(command.slice(OPEN.length), USUAL));
    goTo('data');
  }
}

/** Without this, a browser leaves the page for a file that is dropped where nothing takes it. */
export function allowDrop(event: DragEvent): void {
  if (hasFiles(event)) event.preventDefault();
}

/** Imports files that are dropped anywhere on the window. */
export function dropAnywhere(event: DragEvent): void {
  if (event.defaultPrevented || !hasFiles(event)) return;
  event.preventDefault();
  // Start and Data take drops themselves, with the size that is chosen there.
  const taken = route.screen === 'welcome' || route.screen === 'data';
  if (taken || !event.dataTransfer || session.home?.closed !== null) return;
  additions.drop(event.dataTransfer, USUAL);
  goTo('data');
}
