import type { RunState } from '../../src-main/api/contract/activity.ts';

/** Every English text of the screens stands in this folder, a file a screen; here are those that several screens share. */
export const text = {
  name: 'Transplant',
  tagline: 'How transferable are features, layer by layer?',
  screens: {
    welcome: 'Start',
    data: 'Data',
    split: 'Split',
    study: 'Study',
    live: 'Live',
    filters: 'Filters',
    layers: 'Layers',
    results: 'Results',
    engine: 'Engine',
  },
  navigation: 'Screens',
  skip: 'Skip to content',
  connecting: 'Connecting …',
  running: 'A study is running',
  importing: (name: string) => `Importing ${name}`,
  preparing: (name: string) => `Making the images of ${name}`,
  idle: (home: string) => `Nothing is running. Home folder: ${home}`,
  notConnected: 'The connection to Transplant is lost. It comes back by itself once Transplant runs again.',
  closedTitle: 'The home folder is not open',
  tryAgain: 'Try again',
  dismiss: 'Dismiss',
  cancel: 'Cancel',
  close: 'Close',
  notices: 'Messages',
  recovered: 'The window had a fault and was loaded again. What is running went on meanwhile; nothing is lost.',
  screenFailed: (what: string) =>
    `This screen has a fault (${what}). Nothing is lost: what is running goes on, and the other screens work.`,
  unknownProblem: 'Something went wrong. Try again.',
  unexpected: (what: string) =>
    `Something unexpected went wrong (${what}). Try again, and reload the page if it stays.`,
  reportWith: (log: string) => `Please report it with the file ${log}.`,
};

/** What a training's states are called, on every screen. */
export const runStates: Readonly<Record<RunState['state'], string>> = {
  waiting: 'waiting',
  training: 'training',
  stopped: 'paused',
  finished: 'finished',
  failed: 'failed',
  skipped: 'skipped',
};
