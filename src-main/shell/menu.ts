import { Menu, shell, type MenuItemConstructorOptions } from 'electron';

/** Commands that the page carries out itself. The menu sends them to it. */
type PageCommand =
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
  /** Sends the page a command. Opens the window if it is closed. */
  readonly send: (command: PageCommand) => void;
  /** The home folder. */
  readonly home: string;
}

const PAPER = 'https://arxiv.org/abs/1411.1792';
/** The screens in the order of the page's own navigation, for Ctrl+1 to Ctrl+8. */
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

function menuTemplate({ send, home }: MenuActions): MenuItemConstructorOptions[] {
  const mac = process.platform === 'darwin';
  const pageItem = (label: string, command: PageCommand, accelerator?: string): MenuItemConstructorOptions => ({
    id: command,
    label,
    accelerator,
    click: () => send(command),
  });
  const about = pageItem('About Transplant', 'about');
  const screens = SCREENS.map(([label, command], index) => pageItem(label, command, `CmdOrCtrl+${index + 1}`));
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  return [
    ...(mac ? [{ label: 'Transplant', submenu: [about, separator, ...appleRoles(), separator, role('quit')] }] : []),
    {
      label: '&File',
      submenu: [
        pageItem('&Import images …', 'import', 'CmdOrCtrl+O'),
        pageItem('&New study', 'new-study', 'CmdOrCtrl+N'),
        separator,
        { id: 'home', label: 'Show the &home folder', click: () => void shell.openPath(home) },
        separator,
        role('close'),
        ...(mac ? [] : [role('quit')]),
      ],
    },
    {
      label: '&Edit',
      submenu: [...['undo', 'redo'].map(role), separator, ...['cut', 'copy', 'paste', 'selectAll'].map(role)],
    },
    {
      label: '&View',
      submenu: [
        ...screens,
        separator,
        ...['resetZoom', 'zoomIn', 'zoomOut'].map(role),
        separator,
        role('togglefullscreen'),
      ],
    },
    ...(mac ? [role('windowMenu')] : []),
    {
      role: 'help',
      submenu: [
        pageItem('The &manual', 'help', 'F1'),
        { id: 'paper', label: 'The &paper (arXiv)', click: () => void shell.openExternal(PAPER) },
        ...(mac ? [] : [separator, about]),
      ],
    },
  ];
}

const role = (name: string): MenuItemConstructorOptions => ({ role: name as MenuItemConstructorOptions['role'] });

function appleRoles(): MenuItemConstructorOptions[] {
  return ['services', 'hide', 'hideOthers', 'unhide'].map(role);
}
