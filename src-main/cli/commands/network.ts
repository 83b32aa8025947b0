import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { networkFileName } from '../../app/network-file/facts.ts';
import { SAVED_FORMATS, type NetworkFormat } from '../../common/choices.ts';
import { byteSize } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { describeNetwork } from '../../network/describe.ts';
import { resolveNetwork } from '../../network/network.ts';
import { readNetwork } from '../../network/read-spec.ts';
import { alternatives, findRun, parseFilled, RUN_ARGUMENT, wholeNumber } from '../terminal/parse.ts';
import { reading, watching } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings } from '../terminal/surroundings.ts';

/** The number of classes of each half of ILSVRC-2012 in the paper. */
const PAPER_CLASSES = 500;

/** `transplant network` shows a network's layers and exports trained networks. */
export function addNetworkCommands(network: Command, surroundings: Surroundings): void {
  network.addHelpText('after', '\nExample:\n  transplant network show alexnet');
  addExportCommand(network, surroundings);
  network
    .command('show')
    .description('show the layers of a network: shapes, parameters, computation per image')
    .argument('<network>', 'a built-in network by name, or a JSON file', parseFilled('NETWORK'))
    .option('--classes <n>', 'number of classes of one half', wholeNumber('--classes', 2, 65_536), PAPER_CLASSES)
    .addHelpText(
      'after',
      '\nExamples:\n  transplant network show alexnet\n  transplant network show my-network.json --classes 10',
    )
    .action(async (nameOrFile: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { classes: number }>();
      const resolved = resolveNetwork(await readNetwork(nameOrFile), options.classes);
      if (options.json) printJson(surroundings, { type: 'network', ...resolved });
      else surroundings.stdout.write(describeNetwork(resolved));
    });
}

interface ExportOptions extends GlobalOptions {
  readonly format?: NetworkFormat;
  readonly out?: string;
  readonly allImages?: boolean;
}

/** `transplant network export` writes a trained network for other programs. */
function addExportCommand(network: Command, surroundings: Surroundings): void {
  network
    .command('export')
    .description(
      'write a trained network for other programs: an ONNX model, its weights as safetensors, or a card that says what it is',
    )
    .argument('<run>', RUN_ARGUMENT, parseFilled('RUN'))
    .addOption(
      new Option('--format <format>', 'what to write (default: by the ending of --out, otherwise onnx)').choices(
        SAVED_FORMATS,
      ),
    )
    .option(
      '--all-images',
      'train it again on all images, the held-out ones too, and write that; its accuracy stays that of the network that did not see them',
    )
    .option('--out <file>', 'the file to write (default: STUDY-NAME.onnx here)', parseFilled('--out'))
    .addHelpText(
      'after',
      '\nExamples:\n  transplant network export 3f2a/baseB\n  transplant network export 3f2a/baseB --format md\n  transplant network export 3f2a/A3B+ --out A3B+.safetensors\n  transplant network export 3f2a/A3B+ --all-images',
    )
    .action(async (run: string, _options: object, command: Command) =>
      exportNetwork(run, command.optsWithGlobals(), surroundings),
    );
}

async function exportNetwork(reference: string, options: ExportOptions, surroundings: Surroundings): Promise<void> {
  const { allImages } = options;
  const format = options.format ?? formatOf(options.out);
  await reading(surroundings, options, async (application) => {
    const { record, study } = findRun(application, reference);
    const out = options.out ?? networkFileName(application.store, record.key, format, { study: study?.id, allImages });
    const network = { run: record.key, study: study?.id, allImages };
    const { file, bytes, mean } = allImages
      ? await watching(surroundings, options, ({ signal, note }) => {
          if (format !== 'md') note('Training it on all images …');
          return application.saveNetwork(network, out, format, { signal, onProgress: progressNotes(note) });
        })
      : await application.saveNetwork(network, out, format);
    if (options.json)
      return printJson(surroundings, { type: 'network-file', run: record.key, format, file, bytes, mean });
    print(surroundings, `The ${format === 'md' ? 'card' : 'network'} is in ${file} (${byteSize(bytes)}).`);
    if (!mean) print(surroundings, 'It does not have the mean image, because the training images are not here.');
  });
}

/** Tells every tenth of the steps. */
function progressNotes(note: (sentence: string) => void): (step: number, steps: number) => void {
  let tenth = 0;
  return (step, steps) => {
    const now = Math.floor((10 * step) / steps);
    if (now > tenth) note(`${10 * (tenth = now)}% of its steps are done.`);
  };
}

function formatOf(out: string | undefined): NetworkFormat {
  if (out === undefined) return 'onnx';
  const format = SAVED_FORMATS.find((one) => `.${one}` === extname(out).toLowerCase());
  if (format) return format;
  throw new UserError(
    `"${out}" does not say what to write: end it with ${alternatives(SAVED_FORMATS.map((one) => `.${one}`))}, or add --format.`,
    { usage: true },
  );
}
