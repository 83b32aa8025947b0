import { UserError } from '../errors.ts';

/**
 * Files of TensorFlow and Keras are not read, but told by their content and answered with the line that exports them. Of HDF5, in
 * which Keras keeps weights, the library compiled for Node reaches the disk's other files by links in a file, and none in plain
 * JavaScript bounds what a hostile file makes it do.
 */
interface Kind {
  readonly isOf: (bytes: Buffer, name: string) => boolean;
  readonly what: string;
  /** What exports the file of this name, quoted. */
  readonly exported: (name: string) => string;
}

const convert = (option: string, name: string): string =>
  `on the command line with python -m tf2onnx.convert ${option} ${name} --output model.onnx`;
const inKeras = (name: string): string =>
  `in Python with keras.saving.load_model(${name}).export("model.onnx", format="onnx")`;

const HDF5 = '\x89HDF\r\n\x1a\n';
const ZIP = 'PK\x03\x04';
/** The weights in Keras's zip. */
const KERAS_WEIGHTS = 'model.weights.h5';
const TFLITE = { at: 4, text: 'TFL3' };
/** The graph of a folder that TensorFlow has saved a model in. */
export const SAVED_MODEL = 'saved_model.pb';

const begins = (bytes: Buffer, text: string, at = 0): boolean =>
  bytes.toString('latin1', at, at + text.length) === text;

const KINDS: readonly Kind[] = [
  {
    isOf: (bytes) => begins(bytes, ZIP) && bytes.includes(KERAS_WEIGHTS),
    what: 'it is a model of Keras 3',
    exported: inKeras,
  },
  {
    isOf: (bytes) => begins(bytes, HDF5),
    what: 'it is HDF5, as Keras writes models',
    exported: (name) => `${inKeras(name)}, or with an older Keras ${convert('--keras', name)}`,
  },
  {
    isOf: (bytes) => begins(bytes, TFLITE.text, TFLITE.at),
    what: 'it is a model of TensorFlow Lite',
    exported: (name) => convert('--tflite', name),
  },
  {
    isOf: (_bytes, name) => name === SAVED_MODEL,
    what: 'it is a SavedModel of TensorFlow',
    exported: () => convert('--saved-model', 'FOLDER'),
  },
  {
    isOf: (_bytes, name) => name.endsWith('.pb'),
    what: 'it is a graph of TensorFlow',
    exported: (name) => `${convert('--graphdef', name)} --inputs INPUT:0 --outputs OUTPUT:0`,
  },
];

/** Throws a UserError, one clause, for a file of TensorFlow or Keras. */
export function refuseTensorflow(bytes: Buffer, name: string): void {
  const kind = KINDS.find(({ isOf }) => isOf(bytes, name));
  if (kind) throw refused(kind.what, kind.exported(JSON.stringify(name)));
}

/** The same for the folder of a SavedModel. */
export const savedModelFolder = (folder: string): UserError =>
  refused('it is a SavedModel of TensorFlow', convert('--saved-model', JSON.stringify(folder)));

const refused = (what: string, exported: string): UserError =>
  new UserError(`${what}, which Transplant does not read; export it to ONNX, ${exported}`);
