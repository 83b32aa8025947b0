import { count, inPercent } from '../../common/numbers.ts';
import type { Table } from '../../common/results/tables.ts';
import { partsOf } from '../../common/treatments/treatments.ts';
import { comesFromElsewhere, type Protocol } from '../plan/protocol.ts';
import { readPaperRuns } from '../results/paper.ts';

/**
 * What others have published on a question of the study, facts only, each with its source: few examples, features of another network,
 * random layers. Images, networks and training differ from the study's, so that shapes can be compared and sizes can't.
 */
export function publishedTables(
  protocol: Pick<Protocol, 'examples' | 'pretrained' | 'sourceSet' | 'treatments'>,
): Table[] {
  return [
    ...(protocol.examples ? [fewExamples()] : []),
    ...(comesFromElsewhere(protocol) ? [PARTLY_TUNED] : []),
    ...(protocol.treatments.some((kind) => partsOf(kind).lower === 'random') ? [RANDOM_FILTERS, RANDOM_IMAGENET] : []),
  ];
}

/** The `reduced-*` runs of the paper's published logs. */
function fewExamples(): Table {
  return {
    title: 'The paper’s networks on fewer images',
    caption:
      'Yosinski et al. (2014), last line of the logs that the authors published (github.com/yosinski/convnet_transfer): trained from scratch on all 1,000 classes of ImageNet with so many images of each. Those of 100 images and fewer did not learn: 0.1% is guessing.',
    head: ['Images of each class', 'Top-1 %'],
    rows: readPaperRuns().reduced.map(({ perClass, top1 }) => [count(perClass), inPercent(top1)]),
    words: 0,
  };
}

/** Section 4.3 and figure 9 in the text; full fine-tuning is the default setting of table 1. Values read off the figure are left out. */
const PARTLY_TUNED: Table = {
  title: 'Another network, tuned in its last blocks',
  caption:
    'He et al. (2021), Masked Autoencoders Are Scalable Vision Learners, arXiv 2111.06377, section 4.3 and table 1: ViT-L, trained without labels on ImageNet, its last blocks fine-tuned on the labels of ImageNet, the others frozen. Only the values that the text gives.',
  head: ['Blocks that are fine-tuned', 'Top-1 %'],
  rows: [
    ['none (a linear probe)', '73.5'],
    ['the MLP of the last', '79.1'],
    ['the last', '81.0'],
    ['all 24', '84.9'],
  ],
  words: 1,
};

const GAVRIKOV =
  'Gavrikov and Keuper (2023), The Power of Linear Combinations: Learning with Random Convolutions, arXiv 2301.11360';

/** Table 1. */
const RANDOM_FILTERS: Table = {
  title: 'Random frozen filters elsewhere',
  caption: `${GAVRIKOV}, table 1: ResNet-20, top-1 in percent, mean and error over 4 runs. Spatial filters learned as usual, or random and frozen with 128 times as many, combined by learned 1x1 convolutions.`,
  head: ['Images', 'Learned', 'Random, frozen, combined'],
  rows: [
    ['CIFAR-10', '91.60 ± 0.23', '91.89 ± 0.10'],
    ['CIFAR-100', '60.84 ± 0.52', '61.31 ± 0.74'],
    ['Fashion-MNIST', '93.65 ± 0.18', '93.65 ± 0.06'],
    ['SVHN', '96.36 ± 0.04', '96.34 ± 0.11'],
  ],
  words: 1,
};

/** Table 2. */
const RANDOM_IMAGENET: Table = {
  title: 'Random frozen filters on ImageNet',
  caption: `${GAVRIKOV}, table 2: ResNet-18d, top-1 in percent, one run. Baseline: no learned combinations of filters; ×8: 8 times as many filters, combined by learned 1x1 convolutions.`,
  head: ['Network', 'Random, frozen', 'Learned'],
  rows: [
    ['Baseline', '37.85', '72.60'],
    ['Combined, ×1', '61.28', '71.82'],
    ['Combined, ×8', '71.30', '71.88'],
    ['Combined, ×64', '72.46', '71.94'],
    ['Combined, ×128', '72.31', '–'],
  ],
  words: 1,
};
