import type { FilterFit } from '../../src-main/api/contract/runs.ts';
import { count, percent } from '../../src-main/common/numbers.ts';

const whole = (share: number): string => percent(share, 0);

/** What the Filters screen says of the functions that are fitted to filters. */
export const text = {
  ask: 'Say what they are',
  askHint: 'Fits a Gabor function and a blob to each filter. Takes some seconds.',
  waiting: 'Fitting the filters …',
  only: 'Kind',
  all: 'All kinds',
  noneOfClass: 'No filter is of this kind at this step.',

  title: (name: string) => `What the filters of ${name} are`,
  head: ['Kind', 'Filters', 'Untrained'] as readonly string[],
  counted: (filters: number, share: number) => `${count(filters)} (${whole(share)})`,
  share: (share: number) => percent(share),
  atStep: (step: number) => `At step ${count(step)}.`,
  untrained: (filters: number, { gabor, blob }: { gabor: number; blob: number }) =>
    `A Gabor function must explain ${whole(gabor)} of a filter’s main part, a blob ${whole(blob)}. “Untrained”: of ${count(filters)} random filters of this size.`,
  directions: 'Directions of stripes and edges',
  directionsLabel: (name: string) => `How many filters of ${name} have which direction`,
  scatter: 'Direction and frequency',
  scatterLabel: (name: string) => `Direction and frequency of the stripes of ${name}`,
  noDirections: 'None of them is Gabor-like or an edge: there are no directions to show.',
  growth: 'While it learned',
  growthLabel: (name: string) => `Share of each kind of filter of ${name} while it learned`,

  fit: 'What it is',
  parts: { luminance: 'Luminance', colour: 'Main colour' },
  gabor: 'Gabor function',
  blob: 'Blob',
  residual: 'What is left',
  fitHint: 'The ellipse is one standard deviation of the function wide; its line runs along the stripes.',
  words: ({ component, share, gabor, blob }: FilterFit, round: boolean) => {
    const part = `Its ${component === 'luminance' ? 'luminance' : 'main colour'} has ${whole(share)} of its energy. `;
    if (round)
      return `${part}A blob ${blob.width.toFixed(1)} pixels wide explains ${whole(blob.explained)} of that, a Gabor function ${whole(gabor.explained)}.`;
    const sizes = `${gabor.along.toFixed(1)} pixels long and ${gabor.across.toFixed(1)} wide`;
    const stripes = `stripes at ${Math.round(gabor.orientation) % 180}°, ${gabor.frequency.toFixed(2)} cycles per pixel, phase ${Math.round(gabor.phase)}°, in an envelope ${sizes}`;
    return `${part}A Gabor function explains ${whole(gabor.explained)} of that: ${stripes}. A blob explains ${whole(blob.explained)}.`;
  },
};
