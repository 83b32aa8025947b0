/** Where a study is packed into one file. */
export const packText = {
  open: 'Save as a file',
  title: 'The study as one file',
  intro:
    'Protocol, results, curves and first-layer filters, without the images. Open it with Transplant on another machine, or drop it on the window there.',
  weights: 'Weights of whole networks',
  choices: { none: 'None', bases: 'Of the base networks', all: 'Of all networks' },
  hints: {
    none: 'Everything can be looked at.',
    bases: 'With the images at hand, more treatments can be trained from them. A pretrained network A goes with them.',
    all: 'What was interrupted goes on from where it stopped.',
  },
};
