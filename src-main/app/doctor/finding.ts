/** `1.5 GiB`, `120 MiB`. */
export function bytesText(bytes: number): string {
  const mebi = bytes / 2 ** 20;
  return mebi < 1024 ? `${Math.floor(mebi)} MiB` : `${(mebi / 1024).toFixed(1)} GiB`;
}
