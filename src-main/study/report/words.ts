import { signed } from '../../../src-renderer/charts/look.ts';
import type { Interval } from '../../common/results/intervals.ts';

/** `63.4`: a fraction in percent. */
export const percent = (fraction: number): string => (100 * fraction).toFixed(1);

/** `60.1–66.5` */
export const percentRange = ({ low, high }: Interval): string => `${percent(low)}–${percent(high)}`;

export { signed };

/** `−5.6 to −1.4` */
export const signedRange = ({ low, high }: Interval): string => `${signed(low)} to ${signed(high)}`;

/** `2 h 37 min`, `4 min 5 s`, `12 s`, `0.4 s` */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** `1,234,567`, in English everywhere: a report's bytes don't depend on where it is written. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `1.23 M`, `58.3 k`, `640`: three digits. */
export function short(value: number): string {
  const [unit, sign] = value >= 1e6 ? [1e6, ' M'] : value >= 1e3 ? [1e3, ' k'] : [1, ''];
  return `${Number((value / unit).toPrecision(3))}${sign}`;
}

/** `1 run`, `3 runs` */
export const plural = (number: number, word: string): string => `${count(number)} ${word}${number === 1 ? '' : 's'}`;

/** `2026-11-20 08:15 UTC` */
export const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
