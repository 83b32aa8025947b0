import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setUp } from './set-up.ts';

/** The command line in a home of its own. */
function clusters() {
  const { transplant, written, home } = setUp();
  const cluster = async (...words: string[]) => {
    written.stdout = written.stderr = '';
    const code = await transplant('cluster', ...words, '--home', home);
    return { code, ...written };
  };
  return { cluster, home };
}

const FULL = [
  ...['--ssh', 'login.example.org', '--partition', 'gpu', '--account', 'vision', '--time', '4:00:00'],
  ...['--memory', '8G', '--gres', 'gpu:1', '--engine', 'onnx-cuda', '--at-once', '12'],
  ...['--before', 'module load nodejs', '--before', 'ulimit -c 0'],
];

describe('transplant cluster', () => {
  it('notes a cluster with all that is said of it, shows, lists and forgets it', async () => {
    const { cluster } = clusters();
    expect(await cluster('list')).toMatchObject({
      code: 0,
      stdout: 'No clusters yet. Describe one: transplant cluster add\n',
    });
    expect(await cluster('add', 'lab', '--spool', '/shared/me/spool')).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: 'The cluster lab is noted. Try it: transplant cluster test lab\n',
    });
    expect((await cluster('add', 'far', '--spool', '/scratch/spool', ...FULL)).code).toBe(0);
    const { stdout } = await cluster('list');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('--'))
        .map((line) => line.trim().split(/ +/)),
    ).toEqual([
      ['NAME', 'SBATCH', 'PARTITION', 'SPOOL'],
      ['far', 'login.example.org', 'gpu', '/scratch/spool'],
      ['lab', 'here', '-', '/shared/me/spool'],
    ]);
    const shown = (await cluster('show', 'far')).stdout.trimEnd().split('\n');
    expect(Object.fromEntries(shown.map((line) => line.split(/: (.*)/s).slice(0, 2)))).toEqual({
      ...{ name: 'far', spool: '/scratch/spool', ssh: 'login.example.org', partition: 'gpu', account: 'vision' },
      ...{ time: '4:00:00', memory: '8G', gres: 'gpu:1', engine: 'onnx-cuda', 'at-once': '12' },
      before: 'module load nodejs; ulimit -c 0',
    });
    const json = JSON.parse((await cluster('show', 'far', '--json')).stdout) as object;
    expect(json).toMatchObject({
      type: 'cluster',
      name: 'far',
      atOnce: 12,
      before: ['module load nodejs', 'ulimit -c 0'],
    });
    expect(await cluster('remove', 'far')).toMatchObject({ code: 0, stdout: 'The cluster far is forgotten.\n' });
    expect((await cluster('list', '--json')).stdout.trim().split('\n')).toHaveLength(1);
  });

  it('is described anew as a whole', async () => {
    const { cluster } = clusters();
    await cluster('add', 'lab', '--spool', '/a', '--partition', 'gpu');
    await cluster('add', 'lab', '--spool', '/b');
    expect((await cluster('show', 'lab')).stdout).toBe('name: lab\nspool: /b\nbefore: -\n');
  });

  it.each<[string, string[], string]>([
    ['has no spool', ['add', 'lab'], "Required option '--spool <folder>' not specified."],
    [
      'has a spool that is no absolute path',
      ['add', 'lab', '--spool', 'spool'],
      'The spool can\'t be "spool": the spool is an absolute path',
    ],
    ['has no name', ['add', 'my lab', '--spool', '/s'], 'The name can\'t be "my lab": a name has up to 40 letters'],
    ['is called here', ['add', 'here', '--spool', '/s'], 'The name can\'t be "here": "here" is this machine.'],
    [
      'has two partitions in one word',
      ['add', 'lab', '--spool', '/s', '--partition', 'a b'],
      'The partition can\'t be "a b": a partition is a name.',
    ],
    [
      'has an account that is an option',
      ['add', 'lab', '--spool', '/s', '--account=--wrap=x'],
      'The account can\'t be "--wrap=x": an account is a name.',
    ],
    [
      'has a time in words',
      ['add', 'lab', '--spool', '/s', '--time', 'soon'],
      'The time limit can\'t be "soon": a time is such as 30 (minutes), 12:00:00 or 2-00.',
    ],
    [
      'has memory in words',
      ['add', 'lab', '--spool', '/s', '--memory', 'all'],
      'The memory can\'t be "all": memory is such as 8G.',
    ],
    [
      'has resources that are no list',
      ['add', 'lab', '--spool', '/s', '--gres', '; rm'],
      'The list of resources can\'t be "; rm": generic resources are such as gpu:1.',
    ],
    [
      'has a host that is an option',
      ['add', 'lab', '--spool', '/s', '--ssh=-oProxyCommand=x'],
      'The host can\'t be "-oProxyCommand=x": the host is a name as ssh knows it.',
    ],
    [
      'has a command of two lines',
      ['add', 'lab', '--spool', '/s', '--before', 'a\nb'],
      'The command can\'t be "a\\nb": a command is one line.',
    ],
    ['has an engine that nobody has', ['add', 'lab', '--spool', '/s', '--engine', 'torch'], 'Unknown engine "torch"'],
    [
      'has no jobs at once',
      ['add', 'lab', '--spool', '/s', '--at-once', '0'],
      '--at-once must be a whole number from 1 to 100000, not "0".',
    ],
    [
      'is unknown to show',
      ['show', 'lab'],
      'There is no cluster "lab" (none is known): describe it with "transplant cluster add lab --spool DIR".',
    ],
    ['is unknown to remove', ['remove', 'lab'], 'There is no cluster "lab" (none is known)'],
    ['is unknown to test', ['test', 'lab'], 'There is no cluster "lab" (none is known)'],
  ])('is refused where it %s', async (_, words, sentence) => {
    const { cluster, home } = clusters();
    const { code, stdout, stderr } = await cluster(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    expect(existsSync(join(home, 'clusters'))).toBe(false);
  });

  it('says which file is in the way where one is no profile', async () => {
    const { cluster, home } = clusters();
    mkdirSync(join(home, 'clusters'));
    const file = join(home, 'clusters', 'lab.json');
    writeFileSync(file, '{"name": "lab"');
    for (const words of [['list'], ['show', 'lab'], ['test', 'lab']])
      expect(await cluster(...words)).toMatchObject({
        code: 1,
        stderr: `The cluster in ${file} can't be read: add it again, or "transplant cluster remove lab".\n`,
      });
    // Which is what it says.
    expect((await cluster('remove', 'lab')).code).toBe(0);
    expect((await cluster('list')).stdout).toContain('No clusters yet');
  });
});
