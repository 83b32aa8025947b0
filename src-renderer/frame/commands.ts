import { type CommandId, COMMANDS, isPressed } from '../../src-main/common/commands.ts';
import { additions, USUAL } from '../state/additions.svelte.ts';
import { about, goTo, palette, route, type Screen, SCREENS, shortcuts } from '../state/route.svelte.ts';
import { session } from '../state/session.svelte.ts';
import { settings } from '../state/settings.svelte.ts';
import { hasFiles } from '../upload/dropped.ts';

const OPEN = 'open:';
export const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * What each command does. The first come before main has answered anything, and while the home folder can't be opened: what
 * needs it waits.
 */
const ACTIONS: Record<Exclude<CommandId, Screen>, () => void> = {
  import: () => {
    goTo('data');
    void session.opened().then(() => {
      // In a browser, Data has the ways to choose images.
      if (session.home?.host.dialogs) void additions.chooseInDialog('folder', USUAL);
    });
  },
  'new-study': () => goTo('study'),
  pause: () => {
    const { study } = session.activity;
    if (study) void session.api.studies.pause({ study: study.study }).catch(() => {});
    goTo('live');
  },
  'show-home': () => void session.api.home.show({ path: session.home?.home ?? '' }).catch(() => {}),
  palette: () => (palette.open = true),
  shortcuts: () => (shortcuts.open = true),
  about: () => (about.open = true),
};

/** Does what the palette, keys, the native menu, or a file that was opened with the application, ask of the page. */
export function runCommand(command: string): void {
  const screen = SCREENS.find((name) => name === command);
  if (screen) goTo(screen);
  else if (Object.hasOwn(ACTIONS, command)) ACTIONS[command as keyof typeof ACTIONS]();
  else if (command.startsWith(OPEN)) {
    additions.path(command.slice(OPEN.length), USUAL);
    goTo('data');
  }
}

/** Whether a command has something to do now. */
export function isOffered(command: CommandId): boolean {
  if (command === 'pause') return session.activity.study?.phase === 'training';
  if (command === 'show-home') return session.home?.host.kind === 'window';
  return command !== 'palette';
}

/** The keys that ask for a command here: a browser keeps those of a window's menu for itself. */
export const keysHere = (command: { keys?: string; heardByPage?: true }): string | undefined =>
  command.heardByPage || window.transplant ? command.keys : undefined;

/** Carries out the command whose keys were pressed. A sign by itself is left to whatever a person types in. */
export function hearKeys(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const command = COMMANDS.find(({ heardByPage, keys }) => heardByPage && isPressed(keys!, event, MAC));
  if (!command || (command.keys!.length === 1 && (isTyping(event.target) || !settings.values.signs))) return;
  event.preventDefault();
  runCommand(command.id);
}

/** Whether what has the focus takes letters. */
function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !/^(checkbox|radio|range|button|file)$/.test(target.type);
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}

/** Without this, a browser leaves the page for a file that is dropped where nothing takes it. */
export function allowDrop(event: DragEvent): void {
  if (hasFiles(event)) event.preventDefault();
}

/**
 * Imports files that are dropped anywhere on the window, also before main has answered anything.
 *
 * @param shown whether a screen is there
 */
export function dropAnywhere(event: DragEvent, shown: boolean): void {
  if (event.defaultPrevented || !hasFiles(event)) return;
  event.preventDefault();
  // Start and Data take drops themselves, with the size that is chosen there.
  const taken = shown && (route.screen === 'welcome' || route.screen === 'data');
  if (taken || !event.dataTransfer || session.home?.closed) return;
  additions.drop(event.dataTransfer, USUAL);
  goTo('data');
}
