import { count } from '../../src-main/common/numbers.ts';
import { welcomeText } from './welcome.ts';

/** What is said about files that are dropped on the page and sent to Transplant. */
export const uploadText = {
  nothing: 'No files were dropped. Drop a folder of images, or a zip or tar archive of one.',
  tooMany: (most: number) =>
    `These are more than ${count(most)} files: too many for a browser. Pack them into a zip or tar archive and drop that, or run "transplant data import PATH" in a terminal.`,
  network: (name: string) =>
    `${name} is a file of a network, not of images. Drop it on “${welcomeText.networkTitle}” on Start, or choose it on Study as where features come from.`,
  unreadable: (path: string) => `The browser can’t read ${path}. Check its permissions, and drop it again.`,
  broken: (name: string) =>
    `Sending ${name} was interrupted: the connection to Transplant was lost, or a file changed meanwhile. Drop it again.`,
  refused: (name: string, status: number) =>
    `Transplant did not take ${name} (HTTP ${status}). Reload the page, and drop it again.`,
};
