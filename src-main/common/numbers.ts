/**
 * Formats numbers for people: the same in the window, the terminal and the report, and in English on every machine.
 * Files for other programs (JSON, CSV, Parquet) don't use it.
 */

const grouped = new Intl.NumberFormat('en-US');

/** `1,234,567` */
export const count = (value: number): string => grouped.format(Math.round(value));

/** `1 class`, `3 classes` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** `1.23 M`, `58.3 k`, `640`: three digits. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const [unit, sign] = rounded >= 1e6 ? [1e6, ' M'] : rounded >= 1000 ? [1000, ' k'] : [1, ''];
  return `${Number((rounded / unit).toPrecision(3))}${sign}`;
}

/** `59.7`: a fraction in percent, for a column or an axis that names the unit. */
export const inPercent = (fraction: number, digits = 1): string => (100 * fraction).toFixed(digits);

/** `59.7%`: a measured fraction; `60%` with no digits. */
export const percent = (fraction: number, digits = 1): string => `${inPercent(fraction, digits)}%`;

/** `10%`, `2.5%`: a fraction that somebody chose, without trailing zeros. */
export const chosenPercent = (fraction: number): string => `${Number((100 * fraction).toFixed(1))}%`;

/**
 * `99%`: the progress of work, which reaches 100% only when it is done. 0.29 gives 29%, although 100 * 0.29 is a
 * little less.
 */
export const percentDone = (fraction: number): string => `${Math.floor(100 * fraction + 1e-9)}%`;

interface Range {
  readonly low: number;
  readonly high: number;
}

/** `60.1–66.5`: fractions in percent. */
export const percentRange = ({ low, high }: Range): string => `${inPercent(low)}–${inPercent(high)}`;

/** Points with their sign, to one decimal: `−2.9`, `+0.3`. What rounds to zero has no sign. */
export function signed(points: number): string {
  const text = Math.abs(points).toFixed(1);
  return text === '0.0' ? '0.0' : `${points < 0 ? '−' : '+'}${text}`;
}

/** `0.93`, `−0.50`: correlations and the like. What rounds to zero has no sign. */
export function hundredths(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && text !== '0.00' ? `−${text}` : text;
}

/** `−5.6 to −1.4`: points. */
export const signedRange = ({ low, high }: Range): string => `${signed(low)} to ${signed(high)}`;

/**
 * `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `1 d 3 h`: at most two neighbouring units, the smaller one rounded and
 * left out if it is zero. `rough` is for estimates: whole seconds (at least one), from one minute on tens of seconds,
 * from ten minutes on whole minutes.
 */
export function duration(seconds: number, { rough = false }: { readonly rough?: boolean } = {}): string {
  const tenths = Number(seconds.toFixed(1));
  if (tenths < 10 && !rough) return `${tenths} s`;
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const step = !rough ? 1 : whole < 600 ? 10 : 60;
  const stepped = step * Math.round(seconds / step);
  if (stepped < 3600) return twoUnits(stepped, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(seconds / 3600), 24, 'd', 'h');
}

function twoUnits(small: number, perLarge: number, large: string, unit: string): string {
  const rest = small % perLarge;
  return `${Math.floor(small / perLarge)} ${large}${rest === 0 ? '' : ` ${rest} ${unit}`}`;
}

/** `3 min 20 s left` of what is under way. */
export const timeLeft = (seconds: number): string => `${duration(seconds, { rough: true })} left`;

/** `1,520 images/s` */
export const imageRate = (perSecond: number): string => `${count(perSecond)} images/s`;

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `640 B`, `12.3 KiB`, `120 MiB`, `1.5 GiB`: powers of 1024, as in every limit that the program has. */
export function byteSize(value: number): string {
  let [scaled, unit] = [value, 0];
  for (; Math.round(scaled) >= 1024 && unit < BYTE_UNITS.length - 1; unit += 1) scaled /= 1024;
  return `${Number(scaled.toFixed(scaled < 100 ? 1 : 0))} ${BYTE_UNITS[unit]}`;
}

/** `24 Nov 2026, 13:10`, in the local time zone. */
export const moment = (iso: string): string =>
  new Date(iso).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });

/** `2026-11-20`, in UTC: the same wherever it is written. */
export const utcDate = (iso: string): string => iso.slice(0, 10);

/** `2026-11-20 08:15 UTC` */
export const utcMoment = (iso: string): string => `${utcDate(iso)} ${iso.slice(11, 16)} UTC`;
