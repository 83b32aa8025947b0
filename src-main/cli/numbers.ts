/** How numbers are written in the terminal: the same everywhere, whatever the machine's language. */

const grouped = new Intl.NumberFormat('en-US');

/** `60,000`. */
export const count = (value: number): string => grouped.format(Math.round(value));

/** `1 image`, `2 images`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A fraction as `63.2 %`. */
export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** Seconds as `41 s`, `3 min 20 s`, `2 h 5 min`, `1 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `12.3 MB` */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
