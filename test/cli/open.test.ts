import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openInBrowser, openWindow } from '../../src-main/cli/window/open.ts';
import { builtProgram } from '../../src-main/cli/window/serve.ts';
import { displayObstacle, electronBinary, sandboxObstacle, userObstacle } from '../../src-main/cli/window/obstacles.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { setUp } from './set-up.ts';

/** A program that the shell runs. */
function script(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

function setVariable(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('whether there can be a window', () => {
  const linux = { platform: 'linux' as const, environment: { DISPLAY: ':0' }, uid: 1000 };

  it('is a question of a display', () => {
    expect(displayObstacle(linux)).toBeUndefined();
    expect(displayObstacle({ ...linux, environment: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeUndefined();
    expect(displayObstacle({ ...linux, environment: { DISPLAY: '' } })).toMatch(/^there is no display/);
    expect(displayObstacle({ platform: 'darwin', environment: {} })).toBeUndefined();
    expect(displayObstacle({ platform: 'darwin', environment: { SSH_CONNECTION: 'x' } })).toMatch(/over SSH/);
    expect(displayObstacle({ platform: 'win32', environment: {} })).toBeUndefined();
  });

  it('is a question of a sandbox, which is never switched off', () => {
    expect(userObstacle({ ...linux, uid: 0 })).toMatch(/^Electron has no sandbox when it is run as root/);
    expect(userObstacle(linux)).toBeUndefined();
    expect(userObstacle({ ...linux, platform: 'darwin', uid: 0 })).toBeUndefined();
    const folder = temporaryFolder();
    const electron = join(folder, 'electron');
    const set = (name: string, value: string) => {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), `${value}\n`);
    };
    expect(sandboxObstacle(electron, linux, folder)).toBeUndefined();
    set('kernel/apparmor_restrict_unprivileged_userns', '0');
    set('user/max_user_namespaces', '31000');
    expect(sandboxObstacle(electron, linux, folder)).toBeUndefined();
    set('kernel/apparmor_restrict_unprivileged_userns', '1');
    expect(sandboxObstacle(electron, linux, folder)).toBe(
      "this system does not allow Electron's sandbox (kernel.apparmor_restrict_unprivileged_userns=1)",
    );
    expect(sandboxObstacle(electron, { ...linux, platform: 'darwin' }, folder)).toBeUndefined();
  });
});

describe("Electron's binary", () => {
  /** The package as npm installs it, with a script that downloads as told. */
  const packageWith = (install: string): string => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'install.js'), install);
    return folder;
  };
  const DOWNLOAD = `
    const { mkdirSync, writeFileSync } = require('node:fs');
    mkdirSync(__dirname + '/dist');
    writeFileSync(__dirname + '/dist/electron', '');
    writeFileSync(__dirname + '/path.txt', 'electron');`;

  it('is downloaded where it is missing, once', async () => {
    const folder = packageWith(DOWNLOAD);
    expect(await electronBinary(folder)).toEqual({ path: join(folder, 'dist', 'electron') });
    writeFileSync(join(folder, 'install.js'), 'throw new Error("called again")');
    expect(await electronBinary(folder)).toEqual({ path: join(folder, 'dist', 'electron') });
  });

  it('is downloaded again where it was deleted', async () => {
    const folder = packageWith(DOWNLOAD);
    writeFileSync(join(folder, 'path.txt'), 'electron');
    expect(await electronBinary(folder)).toEqual({ path: join(folder, 'dist', 'electron') });
  });

  it('can not be had: the reason is one line', async () => {
    const folder = packageWith('console.error("TypeError: fetch failed\\n    at node:internal"); process.exit(1);');
    expect(await electronBinary(folder)).toEqual({
      obstacle: "Electron's binary could not be downloaded (TypeError: fetch failed)",
    });
  });

  it('is not waited for without end', async () => {
    const folder = packageWith('setInterval(() => {}, 1000);');
    const { obstacle } = (await electronBinary(folder, 100)) as { obstacle: string };
    expect(obstacle).toContain('it took longer than');
  });

  it('of another copy is used where its variable says so', async () => {
    const other = script(join(temporaryFolder(), 'electron'), 'exit 0');
    setVariable('ELECTRON_OVERRIDE_DIST_PATH', dirname(other));
    expect(await electronBinary(packageWith(''))).toEqual({ path: other });
  });
});

describe('the window', () => {
  const open = (electron: string, home?: string) => {
    const { surroundings, signals } = setUp();
    const environment = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    return { signals, ended: openWindow({ electron, root: '/the root', home }, { ...surroundings, environment }) };
  };

  it('is given the program and the home folder, and is no plain Node', async () => {
    const folder = temporaryFolder();
    const electron = script(join(folder, 'electron'), `printf '%s|' "$@" "$ELECTRON_RUN_AS_NODE" > ${folder}/words`);
    await open(electron, 'my home').ended;
    expect(readFileSync(join(folder, 'words'), 'utf8')).toBe('/the root|--home|my home||');
  });

  it('ends with an error: a sentence says so, and the other way', async () => {
    const electron = script(join(temporaryFolder(), 'electron'), 'exit 3');
    await expect(open(electron).ended).rejects.toThrow(
      'The window ended with code 3; "transplant serve" shows the same screens in a browser.',
    );
    await expect(open(join(temporaryFolder(), 'missing')).ended).rejects.toThrow('ENOENT');
  });

  it('hears of Ctrl-C, and is waited for', async () => {
    const folder = temporaryFolder();
    const electron = join(folder, 'electron');
    const program = `
      const { writeFileSync } = require('node:fs');
      process.on('SIGINT', () => process.exit(writeFileSync('${folder}/paused', '')));
      setInterval(() => {}, 1000);
      writeFileSync('${folder}/ready', '');`;
    writeFileSync(electron, `#!${process.execPath}\n${program}`, { mode: 0o755 });
    const { signals, ended } = open(electron);
    await vi.waitUntil(() => existsSync(join(folder, 'ready')));
    signals.emit('SIGINT');
    await ended;
    expect(existsSync(join(folder, 'paused'))).toBe(true);
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });
});

describe('the built program', () => {
  const notes: string[] = [];
  const note = (sentence: string) => void notes.push(sentence);

  it('is used as it is where it is there', async () => {
    const root = temporaryFolder();
    for (const file of ['out/renderer/index.html', 'out/main/index.js']) script(join(root, file), '');
    expect(await builtProgram(note, root)).toEqual({ root, renderer: join(root, 'out', 'renderer') });
    expect(notes).toEqual([]);
  });

  it('is built where it is missing, and one line says so', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'package.json'), '{}');
    writeFileSync(join(root, 'electron.config.ts'), '');
    const builder = join(root, 'node_modules', 'electron-vite');
    script(join(builder, 'package.json'), '');
    writeFileSync(join(builder, 'package.json'), '{"name":"electron-vite","version":"1.0.0"}');
    mkdirSync(join(builder, 'bin'));
    const build = (text: string) => writeFileSync(join(builder, 'bin', 'electron-vite.js'), text);
    build('require("node:fs").writeFileSync("words", process.argv.slice(2).join(" "));');
    await builtProgram(note, root);
    expect(readFileSync(join(root, 'words'), 'utf8')).toBe('build --logLevel error --config electron.config.ts');
    expect(notes).toEqual(['The screens are not built yet; building them takes a moment ...']);
    build('process.exit(1)');
    await expect(builtProgram(note, root)).rejects.toThrow(
      `The screens could not be built: run "npm run build" in ${root} to see why.`,
    );
  });

  it('can not be built where there is nothing to build it with', async () => {
    const root = temporaryFolder();
    await expect(builtProgram(note, root)).rejects.toThrow(`run "npm ci" in ${root}`);
  });
});

describe('the browser', () => {
  it('is given a file that only this user can read: programs are seen with what they are called with', async () => {
    const folder = temporaryFolder();
    script(join(folder, 'xdg-open'), `echo "$@" > ${folder}/words.new; mv ${folder}/words.new ${folder}/words`);
    setVariable('PATH', `${folder}:${process.env.PATH}`);
    const forget = openInBrowser('http://127.0.0.1:11792/#token=SECRET', 'linux');
    await vi.waitUntil(() => existsSync(join(folder, 'words')));
    const words = readFileSync(join(folder, 'words'), 'utf8').trim();
    expect(words).not.toContain('SECRET');
    const file = fileURLToPath(words);
    expect(readFileSync(file, 'utf8')).toContain('content="0; url=http://127.0.0.1:11792/#token=SECRET"');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    forget();
    expect(existsSync(dirname(file))).toBe(false);
  });

  it('is missing: nothing happens', () => {
    setVariable('PATH', temporaryFolder());
    openInBrowser('http://127.0.0.1:11792/#token=SECRET', 'linux')();
  });
});
