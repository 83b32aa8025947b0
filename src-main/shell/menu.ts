import { Menu, shell, type MenuItemConstructorOptions } from 'electron';
import { type Command, type CommandId, COMMANDS } from '../common/commands.ts';

export interface MenuActions {
  /** Sends the page a command. Opens the window if it is closed. */
  readonly send: (command: CommandId) => void;
  /** The home folder. */
  readonly home: string;
}

const PAPER = 'https://arxiv.org/abs/1411.1792';

export function setMenu(actions: MenuActions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions)));
}

function menuTemplate({ send, home }: MenuActions): MenuItemConstructorOptions[] {
  const mac = process.platform === 'darwin';
  const item = ({ id, label, keys }: Command): MenuItemConstructorOptions => ({
    id,
    label,
    // A sign by itself belongs to what is typed: the page hears it where nothing is.
    accelerator: keys?.length === 1 ? undefined : keys,
    click: id === 'show-home' ? () => void shell.openPath(home) : () => send(id),
  });
  const itemsOf = (menu: Command['menu']) => COMMANDS.filter((command) => command.menu === menu).map(item);
  const [about] = itemsOf('about');
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  return [
    ...(mac ? [{ label: 'Transplant', submenu: [about, separator, ...appleRoles(), separator, role('quit')] }] : []),
    {
      label: '&File',
      submenu: [...itemsOf('file'), separator, role('close'), ...(mac ? [] : [role('quit')])],
    },
    {
      label: '&Edit',
      submenu: [...['undo', 'redo'].map(role), separator, ...['cut', 'copy', 'paste', 'selectAll'].map(role)],
    },
    {
      label: '&View',
      submenu: [
        ...itemsOf('view'),
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
        ...itemsOf('help'),
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
