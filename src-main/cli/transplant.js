#!/usr/bin/env node
/**
 * The command `transplant`. Plain JavaScript, because it must start on any Node: TypeScript runs directly from Node 24
 * on, so an older one hands over to the Node that the npm package `node` brings.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  rememberCompiledFiles();
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
 * For this process and those that it starts: to strip types and to compile takes each half a second. Beside the packages,
 * where nobody can write who can't change the program itself; where we can't either, Node does without.
 */
function rememberCompiledFiles() {
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

/** Becomes the other Node as far as a process can: same arguments and streams, its signals and its ending. */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  // In a terminal the child gets Ctrl-C as well: interruption.ts takes signals that come together as one.
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
