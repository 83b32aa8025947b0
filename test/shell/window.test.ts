import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { describeShell } from './fixture.ts';
import type { RunningShell } from './running-shell.ts';

describeShell('the window', (surroundings) => {
  const { start, startAgain, pageOf, endAll } = surroundings;
  // The next test's shell would only show this one's window.
  afterEach(endAll);

  it('is where and as large as it was, after every restart', { timeout: 180_000 }, async () => {
    const first = await start();
    await pageOf(first);
    await settled(first);
    const wanted = { x: 140, y: 80, width: 1000, height: 700 };
    await first.evaluate(({ BrowserWindow }, place) => BrowserWindow.getAllWindows()[0].setBounds(place), wanted);
    const bounds = await settled(first);
    await first.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].close());
    expect(await first.exited).toBe(0);

    const second = await start();
    await pageOf(second);
    expect(await settled(second)).toEqual(bounds);
    const atOnce = await second.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      window.maximize();
      return window.isMaximized();
    });
    // There a window manager decides, in its own time.
    if (process.platform === 'linux') expect(atOnce).toBe(false);
    await expect.poll(() => isMaximised(second)).toBe(true);
    await quit(second);

    const third = await start();
    await pageOf(third);
    await expect.poll(() => isMaximised(third)).toBe(true);
    await third.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].unmaximize());
    await expect.poll(() => isMaximised(third)).toBe(false);
    expect(await settled(third)).toEqual(bounds);
    await quit(third);

    const fourth = await start();
    await pageOf(fourth);
    expect(await settled(fourth)).toEqual(bounds);
    await quit(fourth);
  });

  it('hears the menu, on whatever screen it is', async () => {
    const shell = await start();
    const page = await pageOf(shell);
    await choose(shell, 'results');
    await page.waitForURL(/#\/results$/);
    await shell.evaluate(({ BrowserWindow }) => {
      const [{ webContents }] = BrowserWindow.getAllWindows();
      const modifiers: ['meta' | 'control'] = [process.platform === 'darwin' ? 'meta' : 'control'];
      for (const type of ['keyDown', 'keyUp'] as const) webContents.sendInputEvent({ type, keyCode: '3', modifiers });
    });
    await page.waitForURL(/#\/study$/);
    // Its chunk and its pictures come from the window's own scheme.
    await choose(shell, 'help');
    await page.getByRole('heading', { name: 'The manual of Transplant' }).waitFor();
    await choose(shell, 'about');
    const about = page.getByRole('dialog', { name: 'About Transplant' });
    await about.waitFor();
    await page.keyboard.press('Escape');
    await about.waitFor({ state: 'detached' });
    const commands = page.evaluate(
      () =>
        new Promise((resolve) => {
          const heard: string[] = [];
          window.transplant!.onMenu((command) => {
            if (heard.push(command) === 2) resolve(heard);
          });
        }),
    );
    // The page listens once it has answered a later question.
    await page.evaluate(() => window.api.home.state());
    await choose(shell, 'import');
    await choose(shell, 'about');
    expect(await commands).toEqual(['import', 'about']);
    await quit(shell);
  });

  it('comes to the front when Transplant is started again, with the file that was named', async () => {
    const file = join(surroundings.folder, 'birds.zip');
    writeFileSync(file, '');
    const first = await start();
    const page = await pageOf(first);
    await first.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].minimize());
    // A window manager answers when it likes.
    const minimised = () =>
      first.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isMinimized()));
    await expect.poll(minimised).toEqual([true]);
    const command = page.evaluate(() => new Promise((resolve) => window.transplant!.onMenu(resolve)));
    await page.evaluate(() => window.api.home.state());

    expect(await startAgain(file)).toBe(0);
    expect(await command).toBe(`open:${file}`);
    await expect.poll(minimised).toEqual([false]);
    await quit(first);
  });

  it('is told of the file that Transplant was started with', async () => {
    const file = join(surroundings.folder, 'birds.zip');
    writeFileSync(file, '');
    const shell = await start(file, 'no-such-file.zip');
    // Words of the program stand between those of Electron and Chromium: their places say nothing.
    const { words, program } = await shell.evaluate(({ app }) => ({ words: process.argv, program: app.getAppPath() }));
    expect(words.findIndex((word) => resolve(word) === program)).toBeGreaterThan(1);
    const page = await pageOf(shell);
    await page.waitForURL(/#\/data$/);
    const imports = () =>
      page.evaluate(async () => {
        for await (const { imports } of await window.api.home.watch())
          return imports.map(({ path, state }) => [path, state]);
      });
    // Main was asked to import it, and has found that it is empty.
    await expect.poll(imports).toEqual([[file, 'failed']]);
    await quit(shell);
  });

  it('comes back with its page after a crash, at an address that says so', async () => {
    const shell = await start();
    await pageOf(shell);
    const connected = shell.evaluate(
      ({ ipcMain }) =>
        new Promise<string>((resolve) =>
          ipcMain.once('transplant:connect', ({ senderFrame }) => resolve(senderFrame!.url)),
        ),
    );
    await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].webContents.forcefullyCrashRenderer());
    expect(await connected).toBe('transplant://app/?recovered=1');
    await quit(shell);
  });

  it('asks what to do when its page crashes again and again', async () => {
    const shell = await start();
    await pageOf(shell);
    const question = await shell.evaluate(
      ({ BrowserWindow, dialog, ipcMain }) =>
        new Promise<string>((resolve) => {
          const crash = () => BrowserWindow.getAllWindows()[0].webContents.forcefullyCrashRenderer();
          dialog.showMessageBox = (async (_window: unknown, { message }: { message: string }) => {
            // Once the question is here, no page connects any more.
            setImmediate(() => resolve(message));
            return { response: 1 };
          }) as never;
          ipcMain.on('transplant:connect', crash);
          crash();
        }),
    );
    expect(question).toContain('crashed several times');
    expect(await shell.exited).toBe(0);
  });

  it('says why the home folder is not open, and opens it once it can', async () => {
    const home = join(surroundings.folder, 'a-file');
    writeFileSync(home, '');
    const shell = await start(`--home=${home}`);
    const page = await shell.page();
    await page.getByText(home).first().waitFor();
    await quit(shell);
    expect(existsSync(home) && readFileSync(home, 'utf8')).toBe('');
  });
});

const choose = (shell: RunningShell, id: string) =>
  shell.evaluate(({ Menu }, command) => Menu.getApplicationMenu()!.getMenuItemById(command)!.click(), id);

/** Where the window is once it stands still: a window manager puts it where it likes, in its own time. */
async function settled(shell: RunningShell): Promise<object> {
  const read = () => shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].getNormalBounds());
  let before: string | undefined;
  await expect
    .poll(
      async () => {
        const [last, now] = [before, JSON.stringify(await read())];
        before = now;
        return now === last;
      },
      { interval: 200 },
    )
    .toBe(true);
  return read();
}

const isMaximised = (shell: RunningShell) =>
  shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].isMaximized());

async function quit(shell: RunningShell): Promise<void> {
  await shell.evaluate(({ app }) => app.quit());
  expect(await shell.exited).toBe(0);
}
