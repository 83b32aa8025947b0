import { counted } from '../../src-main/common/numbers.ts';

/** Where features come from and where they go, on Study. */
export const sourceText = {
  title: 'Source and target',
  from: 'Features come from',
  sources: {
    half: { title: 'The other half', hint: 'of the same classes, as in the paper' },
    file: { title: 'A network from a file', hint: 'ONNX, PyTorch or safetensors: it is the study’s network, too' },
    set: { title: 'Another image set', hint: 'a network is trained on all of its classes first' },
  },
  to: 'They are used for',
  targets: { all: 'all classes', classes: 'some classes', half: 'half B of the split' },
  classes: 'Classes',
  classesHint: 'Names with commas between them',
  choose: 'Choose file',
  chooseAnother: 'Choose another file',
  dropNow: 'Let go to read it',
  inputSize: 'Reads pixels',
  inputSizeHint: 'Rows and columns. Fewer take less time; images of another size are resampled as they are read',
  sizes: (stored: number, reads: number) =>
    `The images are stored at ${stored} x ${stored}, and the network was made for ${reads} x ${reads}. It may read them at`,
  sizeOf: (size: number, reads: number) =>
    size === reads
      ? `${size} x ${size}, as the file says`
      : `${size} x ${size}, about ${((reads / size) ** 2).toFixed(1)} times as fast`,
  licence: (licence: string) => `Its licence, as the file says: ${licence}.`,
  set: 'Image set',
  setOf: (name: string, classes: number) => `${name}, ${counted(classes, 'class', 'classes')}`,
  noSets: 'There is no other image set yet: import one on Data.',

  budget: 'Fit it into minutes',
  fit: 'Choose for me',
  fitting: 'Measuring and choosing …',
};
