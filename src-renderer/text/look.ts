import { percent, percentDone, percentRange } from '../../src-main/common/numbers.ts';

/** A quick look, on Study. */
export const lookText = {
  title: 'Quick look',
  intro:
    'One pass of your images through the network shows, before anything is trained, after which layers its features suit your classes, and which cuts are worth a study.',
  begin: 'Quick look',
  takes: 'Takes about a minute on two free cores. It is remembered.',
  working: 'Looking at the network …',
  progress: (fraction: number, doing: string) => `${percentDone(fraction)}: ${doing}`,
  stop: 'Stop',
  stopped: 'Stopped.',
  chart: 'Top-1 of a linear probe at every cut',
  take: (worth: readonly number[]) =>
    worth.length === 1 ? 'Use this cut in the study' : `Use these ${worth.length} cuts in the study`,
  taken: 'The study tries these cuts.',
  cut: (n: number, name: string) => `${n} (${name})`,
  measured: (probe: number, interval: { low: number; high: number }, rgn: number | null, isWorth: boolean) => [
    percent(probe),
    `95% interval ${percentRange(interval)}`,
    ...(rgn === null ? [] : [`gradient over weights ${rgn.toPrecision(2)}`]),
    ...(isWorth ? ['worth training'] : []),
  ],
};
