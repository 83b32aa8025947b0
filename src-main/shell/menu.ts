import { Menu, shell, type MenuItemConstructorOptions } from 'electron';

/** What the page does itself, wherever it is told: by its own controls or by this menu. */
export type PageCommand =
  | 'import'
  | 'new-study'
  | 'data'
  | 'split'
  | 'study'
  | 'live'
  | 'filters'
  | 'layers'
  | 'results'
  | 'engine'
  | 'help'
  | 'about';

export interface MenuActions {
  /** Gives the page a command, in a window that is opened if need be. */
  readonly tell: (command: PageCommand) => void;
  /** The home folder. */
  readonly home: string;
}

const PAPER = 'https://arxiv.org/abs/1411.1792';
/** In the order of the work, as the page's own navigation; Ctrl+1 to Ctrl+8. */
const SCREENS: readonly [label: string, command: PageCommand][] = [
  ['Data', 'data'],
  ['Split', 'split'],
  ['Study', 'study'],
  ['Live', 'live'],
  ['Filters', 'filters'],
  ['Layers', 'layers'],
  ['Results', 'results'],
  ['Engine', 'engine'],
];

export function setMenu(actions: MenuActions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions)));
}

function menuTemplate({ tell, home }: MenuActions): MenuItemConstructorOptions[] {
  const mac = process.platform === 'darwin';
  const say = (label: string, command: PageCommand, accelerator?: string): MenuItemConstructorOptions => ({
    id: command,
    label,
    accelerator,
    click: () => tell(command),
  });
  const about = say('About Transplant', 'about');
  const screens = SCREENS.map(([label, command], index) => say(label, command, `CmdOrCtrl+${index + 1}`));
  const line: MenuItemConstructorOptions = { type: 'separator' };
  return [
    ...(mac ? [{ label: 'Transplant', submenu: [about, line, ...appleRoles(), line, role('quit')] }] : []),
    {
      label: '&File',
      submenu: [
        say('&Import images …', 'import', 'CmdOrCtrl+O'),
        say('&New study', 'new-study', 'CmdOrCtrl+N'),
        line,
        { id: 'home', label: 'Show the &home folder', click: () => void shell.openPath(home) },
        line,
        role('close'),
        ...(mac ? [] : [role('quit')]),
      ],
    },
    {
      label: '&Edit',
      submenu: [...['undo', 'redo'].map(role), line, ...['cut', 'copy', 'paste', 'selectAll'].map(role)],
    },
    {
      label: '&View',
      submenu: [...screens, line, ...['resetZoom', 'zoomIn', 'zoomOut'].map(role), line, role('togglefullscreen')],
    },
    ...(mac ? [role('windowMenu')] : []),
    {
      role: 'help',
      submenu: [
        say('The &manual', 'help', 'F1'),
        { id: 'paper', label: 'The &paper (arXiv)', click: () => void shell.openExternal(PAPER) },
        ...(mac ? [] : [line, about]),
      ],
    },
  ];
}

const role = (name: string): MenuItemConstructorOptions => ({ role: name as MenuItemConstructorOptions['role'] });

function appleRoles(): MenuItemConstructorOptions[] {
  return ['services', 'hide', 'hideOthers', 'unhide'].map(role);
}
