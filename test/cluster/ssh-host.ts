import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { executable } from '../../src-main/process/executable.ts';
import { freePorts } from './slurm.ts';

const SSHD = '/usr/sbin/sshd';

/** Why there is none here; undefined where there can be one. */
export const whyNoSsh: string | undefined =
  !existsSync(SSHD) || spawnSync('which', ['ssh']).status !== 0
    ? 'OpenSSH is not installed'
    : userInfo().uid !== 0
      ? 'sshd is started by root only'
      : undefined;

/** A host that ssh reaches as "frontend": this machine, by a real sshd with keys of its own. */
export interface SshHost {
  /** In which `ssh` knows the host. */
  readonly environment: NodeJS.ProcessEnv;
  /** A folder of programs that has `transplant`, as it is installed on nodes. */
  readonly programs: string;
  stop(): Promise<void>;
}

interface SshOptions {
  /** For what the host runs. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether it lets our key in; otherwise it asks for a password. */
  readonly knowsKey?: boolean;
  /** Whether its key is among those that we know. */
  readonly isKnown?: boolean;
}

export async function startSshHost({
  environment = {},
  knowsKey = true,
  isKnown = true,
}: SshOptions = {}): Promise<SshHost> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-ssh-'));
  const file = (name: string) => join(folder, name);
  const programs = file('programs');
  mkdirSync(programs);
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  for (const key of ['host', 'ours']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)]);
  const publicKey = (key: string) => execFileSync('ssh-keygen', ['-y', '-f', file(key)], { encoding: 'utf8' });
  const [port] = await freePorts(1);
  writeFileSync(file('authorized'), knowsKey ? publicKey('ours') : '');
  writeFileSync(file('known'), isKnown ? `[127.0.0.1]:${port} ${publicKey('host')}` : '');
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  writeFileSync(
    file('sshd'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${file('host')}
AuthorizedKeysFile ${file('authorized')}
PermitRootLogin yes
PasswordAuthentication yes
StrictModes no
UsePAM no
PidFile none
${variables.length > 0 ? `SetEnv ${variables.join(' ')}` : ''}
`,
  );
  writeFileSync(
    file('config'),
    `Host frontend
  HostName 127.0.0.1
  Port ${port}
  User ${userInfo().username}
  IdentityFile ${file('ours')}
  IdentitiesOnly yes
  UserKnownHostsFile ${file('known')}
  GlobalKnownHostsFile /dev/null
`,
  );
  const program = (name: string, line: string) => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  const { node, entry } = executable('transplant');
  program('ssh', `exec /usr/bin/ssh -F ${file('config')} "$@"`);
  program('transplant', `exec ${node} ${entry} "$@"`);
  const daemon = spawn(SSHD, ['-D', '-e', '-f', file('sshd')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  const listens = new Promise<void>((resolve, reject) => {
    let said = '';
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Server listening')) resolve();
    });
    daemon.once('exit', () => reject(new Error(`sshd ended: ${said}`)));
  });
  const stop = async () => {
    daemon.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  await listens;
  return { environment: { ...process.env, PATH: `${programs}:${process.env.PATH}` }, programs, stop };
}
