import { count } from '../../src-main/common/numbers.ts';

/** The texts of the slider over the history of filters, on Live and on Filters. */
export const text = {
  slider: 'Step of the training that is shown',
  step: (step: number) => `step ${count(step)}`,
  latest: (step: number | null) => (step === null ? 'latest' : `step ${count(step)}, latest`),
  play: 'Play how the filters form',
  stop: 'Stop',
};
