import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { bundle } from '../e2e/bundle.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const COPIED = ['src-main', 'src-renderer', 'packaging', 'tools', 'resources', 'package.json', 'electron.config.ts'];

/** The program's sources where they may be changed, below the packages that they need. */
function copyOfSources(): string {
  mkdirSync(join(ROOT, 'test', 'output'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'test', 'output', 'dev-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  // Else the host would build the screens, which nobody asks it for here.
  for (const file of ['out/renderer/index.html', 'out/main/index.js']) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

/** `npm run dev -- --browser`, and all that it has said. */
function startDevelopment(folder: string) {
  const script = join(folder, 'tools', 'dev.ts');
  const child = spawn(process.execPath, [script, '--browser', '--home', join(folder, 'home')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said.text += chunk.toString()));
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const links = () => [...said.text.matchAll(/Open (http:\S+#token=\S+) in a browser/g)].map(([, link]) => link);
  return { said, links };
}

/** Whether a page with this token is answered by main: the status of a refusal, or 101. */
function knock(address: URL, token: string): Promise<number | undefined> {
  const socket = new WebSocket(`ws://${address.host}/connection`, ['transplant', token], { origin: address.origin });
  return new Promise((resolve) => {
    socket.on('open', () => (socket.close(), resolve(101)));
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
    socket.on('error', () => resolve(undefined));
  });
}

it('serves sources as they are, lets in nobody without the link, and starts main again at a change', async () => {
  const folder = copyOfSources();
  const { said, links } = startDevelopment(folder);
  await expect.poll(links, { timeout: 60_000 }).toHaveLength(1);
  const link = new URL(links()[0]);

  // The screens come from their sources, with what makes them hot.
  const page = await fetch(link.origin);
  expect(await page.text()).toContain('/@vite/client');
  appendFileSync(join(folder, 'src-renderer', 'text', 'engine.ts'), '\nexport const changed = true;\n');
  await expect
    .poll(async () => (await fetch(`${link.origin}/text/engine.ts`)).text())
    .toContain('export const changed = true');

  // Main is behind the link here as it is in what ships.
  expect(await knock(link, 'wrong')).toBe(403);
  const token = link.hash.slice('#token='.length);
  expect(await knock(link, token)).toBe(101);
  const told = async (path: string) => {
    const answer = await fetch(`${link.origin}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()) as { start: string; resumption: string };
  };
  const { resumption } = await told('/session');

  appendFileSync(join(folder, 'src-main', 'errors.ts'), '\n// changed\n');
  await expect.poll(links, { timeout: 60_000 }).toHaveLength(2);
  expect(said.text).toContain('Main has changed and starts again');
  const next = createHmac('sha256', resumption).update(`${(await told('/start')).start} ${link.host}`);
  expect(await knock(link, next.digest('base64url'))).toBe(101);
}, 180_000);

it('is nothing that a built program could be talked into', () => {
  const main = readFileSync(join(bundle(), 'main', 'index.js'), 'utf8');
  expect(main.includes('registerSchemesAsPrivileged')).toBe(true);
  expect(main.includes('ELECTRON_RENDERER_URL')).toBe(false);
});
