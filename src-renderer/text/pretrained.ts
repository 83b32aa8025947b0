import { byteSize } from '../../src-main/common/numbers.ts';

/** A pretrained network in the place of baseA, on Study. */
export const pretrainedText = {
  title: 'A pretrained network as A',
  intro:
    'AnB is transferred from baseA, which is trained on half A. A network that was trained elsewhere can stand in its place: an ONNX or safetensors file, dropped here or chosen. Only weights and biases are taken; strides, padding and how pixels are scaled are the study’s.',
  dropNow: 'Let go to read it',
  choose: 'Choose file',
  chooseAnother: 'Choose another file',
  remove: 'Leave it out',
  stop: 'Stop',
  sending: (name: string) => `Sending ${name}`,
  sent: (sent: number, total: number) => `${byteSize(sent)} of ${byteSize(total)}`,
  reading: (name: string) => `Reading ${name}`,
  fits: (network: string, layers: readonly string[]) =>
    layers.length === 1
      ? `Its first layer fits ${network}: ${layers[0]}. So n is 1.`
      : `Its first ${layers.length} layers fit ${network}: ${layers[0]} to ${layers.at(-1)}. So n goes from 1 to ${layers.length}.`,
  gives: (curves: readonly string[]) =>
    `${new Intl.ListFormat('en-GB').format(curves)} ${curves.length === 1 ? 'copies' : 'copy'} from it. baseA is not trained; baseB and what else is chosen stay as they are.`,
  unused: 'No treatment that is chosen copies from A, so the file is not used: choose AnB or AnB+ below.',
  tooLarge: (name: string, size: number) =>
    `The pretrained file ${name} can’t be used: it has ${byteSize(size)}, and 2 GiB is the most. Choose another file, or leave it out.`,
  noPath:
    'What was dropped is not in a folder yet, so it can’t be read. Save it first, then drop it or choose it here.',
};
