#!/usr/bin/env node
/**
 * The command `transplant`. It is plain JavaScript, because it must start on any Node. TypeScript runs directly from
 * Node 24 on, so an older Node hands over to the one in the npm package `node`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  cacheCompiledFiles();
  await import('./main.ts');
} else {
  const node = shippedNode();
  if (node) handOver(node);
  else {
    process.stderr.write(
      `Transplant needs Node ${NEEDED} or newer, this is ${process.versions.node}, and the one it ships is not ` +
        `installed: run "npm ci" in ${join(dirname(fileURLToPath(import.meta.url)), '..', '..')}, or install Node ${NEEDED}.\n`,
    );
    process.exitCode = 1;
  }
}

/**
 * Caches compiled files for this process and those that it starts, which saves each half a second. The cache is beside
 * the packages, where only those can write who can change the program itself. If this process can't, Node does without.
 */
function cacheCompiledFiles() {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/transplant', import.meta.url));
  process.env.NODE_COMPILE_CACHE ??= folder;
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

/** The binary of the npm package `node`, or undefined. */
function shippedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    return ['node', 'node.exe'].map((name) => join(folder, 'bin', name)).find((file) => existsSync(file));
  } catch {
    return undefined;
  }
}

/** Runs the other Node with the same arguments and streams, passes signals on to it, and ends as it does. */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  // In a terminal the child also gets Ctrl-C itself; terminal/session.ts counts signals that come together as one.
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Transplant could not start ${node}: ${error.message}. Run "npm ci" again.\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}
