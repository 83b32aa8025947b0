import type { Command } from 'commander';
import type { Profile } from '../../cluster/profile.ts';
import { parseEngine, parseFilled, wholeNumber } from '../terminal/parse.ts';
import { Interruption, INTERRUPTED } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

type AddOptions = GlobalOptions & Omit<Profile, 'name' | 'before'> & { readonly before?: readonly string[] };

/** `transplant cluster` has the commands add, list, show, remove and test. */
export function addClusterCommands(cluster: Command, surroundings: Surroundings): void {
  cluster.addHelpText(
    'after',
    '\nExamples:\n  transplant cluster add lab --spool /shared/me/spool --partition gpu --gres gpu:1\n  transplant study run --cluster lab',
  );
  addAdd(cluster, surroundings);
  cluster
    .command('list')
    .description('list the clusters')
    .addHelpText('after', '\nExample:\n  transplant cluster list')
    .action(async (_options: object, command: Command) => {
      const { home, profiles } = await profilesIn(command.optsWithGlobals<GlobalOptions>());
      const all = profiles.profilesOf(home);
      if (command.optsWithGlobals<GlobalOptions>().json)
        return all.forEach((profile) => printJson(surroundings, { type: 'cluster', ...profile }));
      if (all.length === 0) return print(surroundings, 'No clusters yet. Describe one: transplant cluster add');
      const rows = all.map(({ name, ssh, spool, partition }) => [name, ssh ?? 'here', partition ?? '-', spool]);
      print(surroundings, table(['NAME', 'SBATCH', 'PARTITION', 'SPOOL'], rows, [0, 1, 2, 3]));
    });
  cluster
    .command('show')
    .description('show how a cluster is described')
    .argument('<name>', 'the name of a cluster', parseFilled('NAME'))
    .addHelpText('after', '\nExample:\n  transplant cluster show lab')
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { home, profiles } = await profilesIn(options);
      const profile = profiles.findProfile(home, name);
      if (options.json) return printJson(surroundings, { type: 'cluster', ...profile });
      const { atOnce, before, ...words } = profile;
      const shown = { ...words, before: before.join('; ') || '-', 'at-once': atOnce };
      for (const [option, value] of Object.entries(shown))
        if (value !== undefined) print(surroundings, `${option}: ${value}`);
    });
  cluster
    .command('remove')
    .description('forget a cluster; its spool and its jobs stay')
    .argument('<name>', 'the name of a cluster', parseFilled('NAME'))
    .addHelpText('after', '\nExample:\n  transplant cluster remove lab')
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { home, profiles } = await profilesIn(options);
      profiles.removeProfile(home, name);
      if (options.json) return printJson(surroundings, { type: 'cluster-removed', name });
      print(surroundings, `The cluster ${name} is forgotten.`);
    });
  cluster
    .command('test')
    .description('run a job of seconds on a cluster, and say what is wrong with it')
    .argument('<name>', 'the name of a cluster', parseFilled('NAME'))
    .addHelpText('after', '\nExample:\n  transplant cluster test lab')
    .action(async (name: string, _options: object, command: Command) =>
      testCluster(name, command.optsWithGlobals<GlobalOptions>(), surroundings),
    );
}

function addAdd(cluster: Command, surroundings: Surroundings): void {
  cluster
    .command('add')
    .description('describe a cluster, or describe it anew')
    .argument('<name>', 'what it is called here', parseFilled('NAME'))
    .requiredOption('--spool <folder>', 'a folder that this machine (or the host of --ssh) and the nodes share')
    .option('--ssh <host>', "submit over the system's ssh, as its configuration knows the host", parseFilled('--ssh'))
    .option('--partition <name>', 'the partition of jobs', parseFilled('--partition'))
    .option('--account <name>', 'the account of jobs', parseFilled('--account'))
    .option(
      '--time <limit>',
      'the time limit of a job, such as 2:00:00; a longer training goes on in the next',
      parseFilled('--time'),
    )
    .option('--memory <size>', 'the memory of a job, such as 8G', parseFilled('--memory'))
    .option('--gres <list>', 'generic resources of a job, such as gpu:1', parseFilled('--gres'))
    .option(
      '--engine <name>',
      'the engine of studies that ask for none: onnx, onnx-webgpu, onnx-cuda or tensorflow',
      parseEngine,
    )
    .option(
      '--before <command>',
      'a command on the node before each job, such as "module load nodejs" (may be repeated)',
      collected,
    )
    .option('--at-once <n>', 'jobs that run at once, at most', wholeNumber('--at-once', 1, 100_000))
    .addHelpText(
      'after',
      `
Examples:
  transplant cluster add lab --spool /shared/me/spool
  transplant cluster add far --ssh login.example.org --spool /scratch/me/spool --partition gpu --gres gpu:1 --engine onnx-cuda
  transplant cluster add old --spool /shared/me/spool --time 4:00:00 --before nodejs.sh`,
    )
    .action(async (name: string, own: Omit<AddOptions, keyof GlobalOptions>, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { home, profiles, prepareHome } = await profilesIn(options);
      const { before = [], ...given } = own;
      const profile = profiles.checkProfile({ name, ...given, before });
      prepareHome(home);
      profiles.addProfile(home, profile);
      if (options.json) return printJson(surroundings, { type: 'cluster', ...profile });
      print(surroundings, `The cluster ${name} is noted. Try it: transplant cluster test ${name}`);
    });
}

const collected = (value: string, before: readonly string[] = []): string[] => [...before, value];

async function testCluster(name: string, options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  const { home, profiles } = await profilesIn(options);
  const profile = profiles.findProfile(home, name);
  const { cantTrain, probeCluster, sentencesOn } = await import('../../app/cluster/probe.ts');
  const { signals, now, exit, stderr } = surroundings;
  const interruption = new Interruption(signals, now, {
    first: () => stderr.write('Stopping ...\n'),
    second: () => exit(INTERRUPTED),
  });
  let told = '';
  try {
    const onWaiting = (reason: string) => {
      if (reason !== told) stderr.write(`The job waits (${reason || 'submitted'}) ...\n`);
      told = reason;
    };
    const found = await probeCluster(home, profile, { signal: interruption.signal, onWaiting });
    if (options.json) printJson(surroundings, { type: 'cluster-test', name, ...found });
    else for (const sentence of sentencesOn(found)) print(surroundings, sentence);
    if (found.engine === null) throw cantTrain(profile, found);
    if (!options.json) print(surroundings, `The cluster ${name} can be used: transplant study run --cluster ${name}`);
  } finally {
    interruption.dispose();
  }
}

async function profilesIn(options: GlobalOptions) {
  const [{ addProfile, checkProfile, findProfile, profilesOf, removeProfile }, { homeFolder, prepareHome }] =
    await Promise.all([import('../../app/cluster/profiles.ts'), import('../../app/home.ts')]);
  const profiles = { addProfile, checkProfile, findProfile, profilesOf, removeProfile };
  return { profiles, home: homeFolder(options.home), prepareHome };
}
