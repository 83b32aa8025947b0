import type { Command } from 'commander';
import { Cancelled, UserError } from '../../errors.ts';
import { Interrupted, INTERRUPTED, Interruption } from '../terminal/session.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from '../terminal/surroundings.ts';

interface AddCommandOptions extends GlobalOptions {
  readonly gpu?: boolean;
  readonly tensorflow?: string;
}

/** `transplant engine` adds and removes engines that npm does not install. */
export function addEngineCommands(engine: Command, surroundings: Surroundings): void {
  engine.addHelpText('after', '\nExample:\n  transplant engine add tensorflow');
  engine
    .command('add')
    .description(
      'fetch TensorFlow with pip into the home folder and compile its binding: needs Python 3 with pip, a C++ compiler, 3 GiB',
    )
    .argument('<engine>', 'tensorflow', parseAddable)
    .option('--gpu', 'use the build for NVIDIA cards, with CUDA (some gigabytes more)')
    .option('--tensorflow <release>', 'the release to use (default: the newest that is known to work)', parseRelease)
    .addHelpText(
      'after',
      '\nExamples:\n  transplant engine add tensorflow\n  transplant engine add tensorflow --gpu --tensorflow 2.18.1',
    )
    .action(async (_engine: string, _options: object, command: Command) => {
      await addEngine(command.optsWithGlobals<AddCommandOptions>(), surroundings);
    });
  engine
    .command('remove')
    .description('remove what "engine add" has built')
    .argument('<engine>', 'tensorflow', parseAddable)
    .addHelpText('after', '\nExample:\n  transplant engine remove tensorflow')
    .action(async (_engine: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const [{ removeTensorflow }, { homeFolder }] = await Promise.all([
        import('../../app/engines/add-tensorflow.ts'),
        import('../../app/home.ts'),
      ]);
      const removed = await removeTensorflow(homeFolder(options.home));
      if (options.json) return printJson(surroundings, { type: 'engine-removed', engine: 'tensorflow', removed });
      print(surroundings, removed ? 'Native TensorFlow was removed.' : 'Native TensorFlow was not installed.');
    });
}

function parseAddable(text: string): string {
  if (text === 'tensorflow') return text;
  const reason = text === 'onnx' ? 'npm installs it already' : 'there is none of that name';
  throw new UserError(`The engine "${text}" can't be added (${reason}); only tensorflow can.`, {
    usage: true,
  });
}

function parseRelease(text: string): string {
  if (/^2\.\d+\.\d+(\.post\d+)?$/.test(text)) return text;
  throw new UserError(`--tensorflow needs a release such as 2.18.1, not "${text}".`, { usage: true });
}

async function addEngine(options: AddCommandOptions, surroundings: Surroundings): Promise<void> {
  const [{ addTensorflow }, { homeFolder, prepareHome }] = await Promise.all([
    import('../../app/engines/add-tensorflow.ts'),
    import('../../app/home.ts'),
  ]);
  const home = homeFolder(options.home);
  prepareHome(home);
  const { signals, now, exit, stderr, environment, outputClosed } = surroundings;
  const interruption = new Interruption(signals, now, {
    first: () => stderr.write('Stopping ...\n'),
    second: () => exit(INTERRUPTED),
  });
  try {
    const { installation, built } = await addTensorflow({
      home,
      gpu: options.gpu ?? false,
      release: options.tensorflow,
      environment,
      signal: AbortSignal.any([interruption.signal, outputClosed]),
      onStage: (stage) => stderr.write(`${stage}\n`),
    });
    if (options.json) return printJson(surroundings, { type: 'engine', engine: 'tensorflow', built, ...installation });
    const { tensorflow, gpu } = installation;
    const device = gpu
      ? 'It computes on the graphics card, and studies use it unless another engine is chosen.'
      : 'It computes on the processor (no graphics card that it can use was found): use it with --engine tensorflow.';
    const state = built
      ? 'is built and computes correctly'
      : 'was built before and computes correctly; nothing was done';
    print(surroundings, `TensorFlow ${tensorflow} ${state}. ${device}`);
  } catch (error) {
    if (error instanceof Cancelled)
      throw new Interrupted('Stopped. Nothing was left behind; run the same command again.');
    throw error;
  } finally {
    interruption.dispose();
  }
}
