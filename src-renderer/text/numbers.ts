/** Numbers as the screens write them, in English everywhere. */

/** `1,234,567` */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `1 class`, `3 classes` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** `63.4 %` of a fraction. */
export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** `2 h 37 min`, `4 min`, `12 s`: how long something will take, no more precise than it can be known. */
export function duration(seconds: number): string {
  if (seconds < 1) return '1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = minutes / 60;
  if (hours < 48) return `${Math.floor(hours)} h ${Math.round((hours % 1) * 60)} min`;
  return `${(hours / 24).toFixed(1)} days`;
}

/** `1.5 GiB`, `120 MiB`, `12 KiB`. */
export function bytes(value: number): string {
  if (value < 2 ** 20) return `${Math.ceil(value / 1024)} KiB`;
  const mebi = value / 2 ** 20;
  return mebi < 1024 ? `${mebi < 10 ? mebi.toFixed(1) : Math.round(mebi)} MiB` : `${(mebi / 1024).toFixed(1)} GiB`;
}

/** `24 Nov 2026, 13:10`, in the time zone of whoever looks. */
export const moment = (iso: string): string =>
  new Date(iso).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
