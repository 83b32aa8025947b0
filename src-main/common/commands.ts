/** The screens in the order of the navigation, with their names. */
export const SCREEN_NAMES = {
  welcome: 'Start',
  data: 'Data',
  split: 'Split',
  study: 'Study',
  live: 'Live',
  filters: 'Filters',
  layers: 'Layers',
  results: 'Results',
  engine: 'Engine',
  settings: 'Settings',
  help: 'Help',
} as const;
export type Screen = keyof typeof SCREEN_NAMES;

/** Something that a person can ask for from any screen: the native menu, the palette and the list of shortcuts have it from here. */
interface Definition {
  /** With an ampersand before the letter that stands for it in a menu. */
  readonly label: string;
  /** About is among the help, on a Mac with the program's name. */
  readonly menu: 'file' | 'view' | 'help' | 'about';
  /** As Electron writes an accelerator. */
  readonly keys?: string;
  /** Whether the page itself listens to the keys, so that they work in a browser, which keeps others for itself. */
  readonly heardByPage?: true;
}

const DEFINITIONS = {
  import: { label: '&Import images …', menu: 'file', keys: 'CmdOrCtrl+O' },
  'new-study': { label: '&New study', menu: 'file', keys: 'CmdOrCtrl+N' },
  pause: { label: '&Pause the study', menu: 'file' },
  settings: { label: `&${SCREEN_NAMES.settings}`, menu: 'file', keys: 'CmdOrCtrl+,' },
  'show-home': { label: 'Show the &home folder', menu: 'file' },
  welcome: { label: SCREEN_NAMES.welcome, menu: 'view' },
  data: { label: SCREEN_NAMES.data, menu: 'view', keys: 'CmdOrCtrl+1' },
  split: { label: SCREEN_NAMES.split, menu: 'view', keys: 'CmdOrCtrl+2' },
  study: { label: SCREEN_NAMES.study, menu: 'view', keys: 'CmdOrCtrl+3' },
  live: { label: SCREEN_NAMES.live, menu: 'view', keys: 'CmdOrCtrl+4' },
  filters: { label: SCREEN_NAMES.filters, menu: 'view', keys: 'CmdOrCtrl+5' },
  layers: { label: SCREEN_NAMES.layers, menu: 'view', keys: 'CmdOrCtrl+6' },
  results: { label: SCREEN_NAMES.results, menu: 'view', keys: 'CmdOrCtrl+7' },
  engine: { label: SCREEN_NAMES.engine, menu: 'view', keys: 'CmdOrCtrl+8' },
  palette: { label: '&Go to or do …', menu: 'view', keys: 'CmdOrCtrl+K', heardByPage: true },
  help: { label: 'The &manual', menu: 'help', keys: 'F1', heardByPage: true },
  shortcuts: { label: '&Keyboard shortcuts', menu: 'help', keys: '?', heardByPage: true },
  about: { label: 'About Transplant', menu: 'about' },
} as const satisfies Record<string, Definition>;

export type CommandId = keyof typeof DEFINITIONS;
export interface Command extends Definition {
  readonly id: CommandId;
}

/** Every command, in the order of the menus. */
export const COMMANDS: readonly Command[] = Object.entries(DEFINITIONS).map(([id, definition]) => ({
  id: id as CommandId,
  ...definition,
}));

/** A command's label where letters stand for nothing. */
export const plainLabel = ({ label }: Pick<Command, 'label'>): string => label.replace('&', '');

/** Keys as the keyboard names them: `Ctrl+K`, on a Mac `⌘K`. */
export const keyName = (keys: string, mac: boolean): string =>
  keys.replace('CmdOrCtrl+', mac ? '⌘' : 'Ctrl+').replace('Shift+', mac ? '⇧' : 'Shift+');

/** What a keyboard event says of the key that was pressed. */
export type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Whether these are the keys of an accelerator. */
export function isPressed(keys: string, { key, ctrlKey, metaKey, altKey, shiftKey }: Pressed, mac: boolean): boolean {
  const parts = keys.split('+');
  const wanted = parts.at(-1)!;
  const command = parts.includes('CmdOrCtrl');
  if (altKey || (mac ? metaKey : ctrlKey) !== command || (mac ? ctrlKey : metaKey)) return false;
  // A sign such as ? stands above another on some keyboards: the key itself says that shift was held.
  const isSign = wanted.length === 1 && !/[a-z0-9]/i.test(wanted);
  return key.toLowerCase() === wanted.toLowerCase() && (isSign || shiftKey === parts.includes('Shift'));
}
