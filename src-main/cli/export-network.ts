import { extname } from 'node:path';
import { Option, type Command } from 'commander';
import { NETWORK_FORMATS, type NetworkFormat } from '../common/choices.ts';
import { networkFileName } from '../app/network-file/file-name.ts';
import { byteSize } from '../common/numbers.ts';
import { UserError } from '../errors.ts';
import { findRun, RUN_ARGUMENT } from './find-run.ts';
import { alternatives, parseFilled } from './parse.ts';
import { reading } from './session.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from './surroundings.ts';

interface ExportOptions extends GlobalOptions {
  readonly format?: NetworkFormat;
  readonly out?: string;
}

/** `transplant network export` writes a trained network for other programs. */
export function addExportCommand(network: Command, surroundings: Surroundings): void {
  network
    .command('export')
    .description('write a trained network for other programs: an ONNX model, or its weights as safetensors')
    .argument('<run>', RUN_ARGUMENT, parseFilled('RUN'))
    .addOption(
      new Option('--format <format>', 'what to write (default: by the ending of --out, otherwise onnx)').choices(
        NETWORK_FORMATS,
      ),
    )
    .option('--out <file>', 'the file to write (default: STUDY-NAME.onnx here)', parseFilled('--out'))
    .addHelpText(
      'after',
      '\nExamples:\n  transplant network export 3f2a/baseB\n  transplant network export 3f2a/A3B+ --out A3B+.safetensors',
    )
    .action(async (run: string, _options: object, command: Command) =>
      exportNetwork(run, command.optsWithGlobals(), surroundings),
    );
}

async function exportNetwork(reference: string, options: ExportOptions, surroundings: Surroundings): Promise<void> {
  const format = options.format ?? formatOf(options.out);
  await reading(surroundings, options, async (application) => {
    const { record, study } = findRun(application, reference);
    const out = options.out ?? networkFileName(application.store, record.key, format, study?.id);
    const { file, bytes, mean } = await application.saveNetwork({ run: record.key, study: study?.id }, out, format);
    if (options.json)
      return printJson(surroundings, { type: 'network-file', run: record.key, format, file, bytes, mean });
    print(surroundings, `The network is in ${file} (${byteSize(bytes)}).`);
    if (!mean) print(surroundings, 'It does not have the mean image, because the training images are not here.');
  });
}

function formatOf(out: string | undefined): NetworkFormat {
  if (out === undefined) return 'onnx';
  const format = NETWORK_FORMATS.find((one) => `.${one}` === extname(out).toLowerCase());
  if (format) return format;
  throw new UserError(
    `"${out}" does not say what to write: end it with ${alternatives(NETWORK_FORMATS.map((one) => `.${one}`))}, or add --format.`,
    { usage: true },
  );
}
