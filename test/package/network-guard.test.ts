import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../store/temporary-folder.ts';
import type { GuardEntry } from './network-guard.ts';

/** Ways out of this machine; the addresses are for documentation, and the name is nobody's. */
const TRIES: Readonly<Record<string, string>> = {
  "fetch('http://192.0.2.1')": 'connect 192.0.2.1',
  "require('https').get('https://transplant.invalid')": 'connect transplant.invalid',
  "require('net').connect({ port: 80, host: '2001:db8::1' })": 'connect 2001:db8::1',
  "require('dns').resolve('transplant.invalid', () => {})": 'resolve transplant.invalid',
  "require('dgram').createSocket('udp4').send('x', 9, '192.0.2.1')": 'datagram send',
  "require('net').createServer().listen(0)": 'listen all addresses',
};

const AT_HOME = "require('net').createServer().listen(0, '127.0.0.1', function () { this.close() })";

function guarded(code: string): (string | undefined)[] {
  const file = join(temporaryFolder(), 'guard.jsonl');
  const guard = new URL('network-guard.ts', import.meta.url).href;
  const env = { ...process.env, NODE_OPTIONS: `--import ${guard}`, NETWORK_GUARD: file };
  spawnSync(process.execPath, ['-e', code], { env, stdio: 'ignore' });
  const entries = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GuardEntry);
  return entries.filter(({ what }) => what === 'tried').map(({ where }) => where);
}

test.for(Object.entries(TRIES))('the network guard sees %s', ([code, where]) => {
  expect(guarded(code)).toContain(where);
});

test('the network guard lets a process talk to this machine', () => {
  expect(guarded(AT_HOME)).toEqual([]);
});
