import { SCREEN_NAMES } from '../../src-main/common/commands.ts';

/** Every English text of the screens stands in this folder, a file a screen; here are those that several screens share. */
export const commonText = {
  name: 'Transplant',
  screens: SCREEN_NAMES,
  navigation: 'Screens',
  skip: 'Skip to content',
  connecting: 'Connecting …',
  running: 'A study is running',
  importing: (name: string) => `Importing ${name}`,
  /** Built-in images are made for some studies, and then it is known how many. */
  preparing: ({ name, total }: { name: string; total: number | null }) =>
    total === null ? `Preparing ${name}` : `Making the images of ${name}`,
  idle: (home: string) => `Nothing is running. Home folder: ${home}`,
  notConnected: 'The connection to Transplant is lost. It comes back by itself once Transplant runs again.',
  closedTitle: 'The home folder is not open',
  movedTitle: 'The home folder was moved',
  tryAgain: 'Try again',
  dismiss: 'Dismiss',
  cancel: 'Cancel',
  close: 'Close',
  copied: 'Copied',
  notCopied: 'Not copied',
  notices: 'Messages',
  recovered: 'The window crashed and was loaded again. Nothing is lost: what was running went on meanwhile.',
  screenFailed: (what: string) =>
    `This screen failed (${what}). Nothing is lost: what is running goes on, and the other screens work.`,
  wrongNumber: (least: string, most: string, whole: boolean) =>
    `Write a ${whole ? 'whole number' : 'number'} from ${least} to ${most}. What was there before still counts.`,
  wrongEven: (least: number, most: number) =>
    `Write an even number from ${least} to ${most}, half of them for A and half for B. What was there before still counts.`,
  unknownProblem: 'Something went wrong. Try again.',
  unexpected: (what: string) =>
    `Something unexpected went wrong (${what}). Try again; if it happens again, reload the page.`,
  reportWith: (log: string) => `Please report it with the file ${log}.`,
};

/** Charts, for those who read them by keys or by ear. */
export const chartText = {
  reader: (label: string) => `${label}. Arrow keys read its points`,
  keys: 'Left and right go along a curve, up and down to another curve, Enter shows the networks behind a number.',
  howToRead: (points: number): string => `${points} points. ${chartText.keys}`,
};

/** A screen that has no network to show yet. */
export const nothingTrainedText = {
  title: 'No network is trained yet',
  action: 'Set up a study',
};

/** The dialog in which something is saved as a file. */
export const saveText = {
  write: 'Save',
  writing: 'Writing the file …',
  written: (file: string, size: string) => `${file}, ${size}`,
  show: 'Show in folder',
  download: 'Download the file',
};

/** The dialog About. */
export const aboutText = {
  title: 'About Transplant',
  version: 'Version',
  commit: 'Built from commit',
  fromSource: 'none: it runs from source, or was built without git',
  home: 'Home folder',
  homeStays:
    'Images, networks and results are in the home folder. Uninstalling Transplant leaves it as it is; delete it yourself when you no longer need it.',
  offline:
    'Transplant sends nothing and downloads nothing: no updates, no usage statistics, no account. Only a press on “Look for a newer version” on Settings asks another machine.',
  telemetry:
    'On Windows the library that it computes with, ONNX Runtime, reports its use to Windows (Event Tracing for Windows), which passes that on to Microsoft as far as your settings for diagnostic data allow. A program can’t switch this off from Node.',
  licence: 'Transplant is free software under the MIT licence.',
  showLicences: 'Licences of the software in it',
  readingLicences: 'Reading the licences …',
  noLicences: 'The licences are missing from this installation: they are put together when the program is built.',
};
