import { counted } from '../../src-main/common/numbers.ts';

/** Everything that the Start screen says. */
export const welcomeText = {
  title: 'How transferable are the features that a network learns?',
  question: [
    'The first layers of an image network learn features that fit any picture, such as edges and colours; the last layers learn what only its own classes need.',
    'Transplant finds out where the one turns into the other: it splits your classes into two halves, A and B, trains a network on each, moves the first n layers of A into a new network, and trains that on B.',
    'Where its accuracy falls behind that of B’s own network, the features have stopped being general.',
  ],
  figure: {
    label:
      'Drawing: network A with eight layers, its first three layers moved into a new network whose other five layers are fresh, and below it network B, with which it is compared.',
    a: 'Network A',
    aRole: 'trained on half A',
    transfer: 'A3B',
    transferRole: 'trained on half B',
    b: 'Network B',
    bRole: 'trained on half B',
    moved: 'the first n layers are moved',
    fresh: 'the rest begins fresh',
    compared: 'compared with',
  },
  begin: 'Begin',
  quickTitle: 'See it work',
  quickText:
    'The whole experiment on built-in images: 37 small networks. It takes about five minutes on two cores, and you can watch.',
  quick: 'Run the quick study on the built-in images',
  preparing: 'The images are being made. This takes some seconds …',
  training: (name: string) => `“${name}” is training now. Another study can wait in the queue.`,
  queueQuick: 'Add the quick study to the queue',
  watch: 'Watch it',
  ownTitle: 'Drop your own images',
  networkTitle: 'You have a trained network?',
  networkText:
    'Drop its file here (ONNX, PyTorch or safetensors: a ResNet, an EfficientNet, a vision transformer …). A quick look takes minutes; a study then says which of its layers to keep for your images.',
  recent: 'Your studies',
  all: 'All results',
  status: {
    running: 'Running',
    stopped: 'Paused',
    finished: 'Finished',
    failed: 'Some networks failed',
  },
  waiting: 'Waits in the queue',
  trained: (trained: number, trainings: number) => `${trained} of ${counted(trainings, 'network')} trained`,
  results: 'Results',
  live: 'Watch',
  resume: 'Resume',
  retry: 'Try again',
};
