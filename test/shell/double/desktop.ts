import { EventEmitter } from 'node:events';

/** Dialogs, menus and the rest of the desktop. What asks a person is answered by the test, which puts its own in place. */

const nobody = (): Promise<never> => Promise.reject(new Error('a dialog was shown that nobody answers'));
export const dialog = {
  showMessageBox: nobody,
  showOpenDialog: nobody,
  showErrorBox: (title: string, content: string) => void process.stderr.write(`${title}: ${content}\n`),
};

interface Item {
  id?: string;
  label?: string;
  role?: string;
  accelerator?: string;
  click?: () => void;
  submenu?: Item[];
}
export class Menu {
  static #application: Menu | null = null;
  static buildFromTemplate = (items: Item[]): Menu => new Menu(items);
  static setApplicationMenu = (menu: Menu | null): void => void (Menu.#application = menu);
  static getApplicationMenu = (): Menu | null => Menu.#application;

  readonly items: { submenu?: Menu }[];
  readonly #all: Item[];
  constructor(items: Item[]) {
    this.#all = items;
    this.items = items.map(({ submenu, ...item }) => ({ ...item, submenu: submenu && new Menu(submenu) }));
  }
  /** A key that the page has left: the menu's, if an item has it as its accelerator. */
  accelerate({ key, control, shift }: { key: string; control: boolean; shift: boolean }): void {
    const pressed = [
      control ? 'CmdOrCtrl' : [],
      shift ? 'Shift' : [],
      key.length === 1 ? key.toUpperCase() : key,
    ].flat();
    this.#everyItem()
      .find(({ accelerator }) => accelerator === pressed.join('+'))
      ?.click?.();
  }
  #everyItem(): Item[] {
    return this.#all.flatMap((item) => [item, ...(item.submenu ?? [])]);
  }
  getMenuItemById(id: string): Item | null {
    return this.#everyItem().find((item) => item.id === id) ?? null;
  }
}

export class Notification extends EventEmitter {
  static isSupported = (): boolean => true;
  readonly title: string;
  readonly body: string;
  constructor({ title, body }: { title: string; body: string }) {
    super();
    this.title = title;
    this.body = body;
  }
  /** Its own, as in Electron. */
  show = (): void => {};
}

const blockers = new Set<number>();
let nextBlocker = 0;
export const powerSaveBlocker = {
  start(_type: string): number {
    blockers.add(nextBlocker);
    return nextBlocker++;
  },
  stop: (id: number): boolean => blockers.delete(id),
  isStarted: (id: number): boolean => blockers.has(id),
};

const display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } };
export const screen = { getPrimaryDisplay: () => display, getAllDisplays: () => [display] };
export const nativeTheme = { shouldUseDarkColors: false };
export const powerMonitor = new EventEmitter();
export const shell = {
  openPath: (_path: string): Promise<string> => Promise.resolve(''),
  openExternal: (_url: string): Promise<void> => Promise.resolve(),
  showItemInFolder: (_path: string): void => {},
};
