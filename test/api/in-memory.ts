import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { serveConnection, type Channel } from '../../src-main/api/connection.ts';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import type { exportSchema } from '../../src-main/common/contract/studies.ts';
import type { Api } from '../../src-main/common/contract/contract.ts';
import type { Host } from '../../src-main/api/implement.ts';
import { Workspace } from '../../src-main/app/workspace/workspace.ts';
import { tinyNetwork, writeColours } from '../study/tiny-study.ts';

/** A renderer's end of a connection, without a renderer: the contract's client and the frames below it. */
export function connectTo(workspace: Workspace, host: Host = { kind: 'browser' }) {
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise<void>((resolve) => port1.addEventListener('close', () => resolve()));
  port2.start();
  const channel: Channel = {
    send: (frame) => port2.postMessage(frame),
    onFrame: (listener) => port2.addEventListener('message', ({ data }) => listener(data)),
    onClose: (listener) => port2.addEventListener('close', () => listener()),
    close: () => port2.close(),
  };
  serveConnection(channel, workspace, host);
  const api = createORPCClient<Api>(new RPCLink({ port: port1 }));
  port1.start();
  return { api, closed, send: (frame: unknown) => port1.postMessage(frame), close: () => port1.close() };
}

/** A workspace on a new home folder with the image set "colours"; closed and gone after the test, or as `until` says. */
export async function openDesk({ home = newHome(), until = onTestFinished } = {}) {
  const workspace = openWorkspace(home, until);
  if (workspace.closed !== undefined) return { workspace, home, set: '' };
  const { index, folder } = await writeColours(join(home, 'data'));
  workspace.application.store.addImageSet({
    id: index.id,
    name: index.name,
    size: index.size,
    classes: 4,
    trainImages: 40,
    heldOutImages: 40,
    folder: basename(folder),
    source: index.source,
    created: '2026-01-01T00:00:00.000Z',
  });
  return { workspace, home, set: index.id };
}

function openWorkspace(home: string, until: typeof onTestFinished): Workspace {
  const workspace = new Workspace({ home });
  workspace.open();
  until(async () => {
    await workspace.close();
    rmSync(home, { recursive: true, force: true });
  });
  return workspace;
}

let trained: Promise<{ home: string; set: string; study: string }> | undefined;

/** A new home folder in which `tinyRequest` was trained to its end: seven networks, all finished. */
export async function trainedHome() {
  trained ??= train();
  const { home: original, ...ids } = await trained;
  const home = newHome();
  cpSync(original, home, { recursive: true });
  return { home, ...ids };
}

/** A workspace on such a home; closed and gone after the test, or as `until` says. */
export async function openTrainedDesk({ until = onTestFinished } = {}) {
  const desk = await trainedHome();
  return { workspace: openWorkspace(desk.home, until), ...desk };
}

/** Files of tests that share a process share what is trained here. */
async function train() {
  const { workspace, home, set } = await openDesk({ until: () => {} });
  process.once('exit', () => rmSync(home, { recursive: true, force: true }));
  const study = await workspace.runStudy(requestOf(tinyRequest(set)), 2);
  for await (const { study, preparing } of workspace.watch()) if (study === null && preparing === null) break;
  await workspace.close();
  return { home, set, study };
}

export function newHome(): string {
  const home = join(mkdtempSync(join(tmpdir(), 'transplant-desk-')), 'home');
  mkdirSync(home, { mode: 0o700 });
  return home;
}

/** A study of seven trainings, a second each. */
export const tinyRequest = (set: string) => ({
  preset: 'smoke' as const,
  data: set,
  network: { file: 'tiny.json', text: JSON.stringify(tinyNetwork) },
  split: { kind: 'random' as const },
  layers: [1],
  imagesPerClass: 10,
  workers: 2,
});

/** The report's files, as they are named at the end of an export. */
export async function exported(stream: Promise<AsyncIterable<object>>): Promise<z.infer<typeof exportSchema>> {
  let last: object = {};
  for await (const event of await stream) last = event;
  return last as z.infer<typeof exportSchema>;
}
