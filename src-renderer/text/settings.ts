import { counted } from '../../src-main/common/numbers.ts';

/** Everything that the screen Settings says. */
export const settingsText = {
  title: 'Settings',
  lead: 'What is set here stays, for this home folder. “transplant settings” sets the same in a terminal.',

  appearance: 'Appearance',
  theme: 'Colours',
  themes: { system: 'as the system has them', light: 'light', dark: 'dark' },
  signs: 'The key ? shows the keyboard shortcuts',
  shortcuts: 'Keyboard shortcuts',

  training: 'Training',
  trainingText: 'For studies that do not say otherwise. Neither changes a result.',
  workers: 'Trainings at once',
  workersHint: (cores: number) => `If empty: one for each core, here ${cores}`,
  sharedMemory: 'Memory for networks side by side (MB)',
  sharedMemoryHint: 'Networks that share frozen layers are trained together in it. If empty: half of what is free',
  half: 'half of what is free',

  disk: 'Kept on disk',
  weights: 'Weights of finished studies',
  weightChoices: { all: 'of all networks', bases: 'of bases only' },
  weightsHint:
    'Without its weights a transfer keeps its accuracy, curve and first-layer filters, and studies can be extended; but it can’t be asked, saved, or looked into layer by layer. What is finished already stays as it is.',
  parts: {
    images: 'Images',
    weights: 'Weights',
    results: 'Results and curves',
    reports: 'Reports',
    cache: 'Worked out again when needed',
    other: 'Other',
  },
  files: (files: number) => counted(files, 'file'),
  free: (bytes: string) => `${bytes} are free on that drive.`,
  clear: 'Delete what can be worked out again',
  counting: 'Counting …',

  home: 'Home folder',
  homeText: 'Image sets, networks and results are kept in this folder:',
  homeNamed:
    'It was named by --home or TRANSPLANT_HOME. To have it elsewhere, close Transplant, move the folder, and name the new one there.',
  show: 'Show the folder',
  move: 'Move …',
  moveTitle: 'Move the home folder',
  moveText:
    'Everything is copied to a new or empty folder and compared with what it was copied from. Then Transplant closes its home, and uses the copy when it is started again. The present folder stays until you delete it.',
  to: 'New folder',
  toHint: 'An absolute path on the machine where Transplant runs',
  choose: 'Choose …',
  begin: 'Copy and use it',
  phase: { copying: 'Copying', checking: 'Comparing' },
  former: (path: string) => `The home folder before is still there, as it was: ${path}`,
  removeFormer: 'Delete the former folder',
  removeTitle: 'Delete the former home folder?',
  removeText: (path: string) => `${path} and all that is in it is deleted. The home folder in use stays as it is.`,
  remove: 'Delete',
};

/** What to send with a report of a bug. */
export const diagnosticsText = {
  title: 'Diagnostics',
  lead: 'For a report of a bug: versions, what Engine finds on this machine, the newest bugs and failed trainings. Paths, names of images, sets, studies and classes are left out. “transplant doctor --copyable” prints the same.',
  copy: 'Copy diagnostics',
  gathering: 'Gathering. This takes some seconds …',
  copiedText: 'What was copied',
  notCopied: 'It is ready:',
  copyShown: 'Copy it',
};

/** What Transplant tells of its own accord, and what it asks others. */
export const newsText = {
  title: 'Notifications and newer versions',
  notify: 'Notify me when a study or an import ends while I look elsewhere',
  denied:
    'Your browser does not allow this page to notify: allow it for this address in the browser’s settings, then tick this again.',
  updates: 'Newer versions',
  nowhere: 'This build names no place to look for newer versions, so that Transplant asks nobody.',
  where: (place: string) =>
    `Transplant asks nobody by itself. When you press this, it asks ${place} once, and changes nothing.`,
  look: 'Look for a newer version',
  looking: 'Looking …',
  newest: 'This is the newest version.',
  newer: (version: string, page: string) => `Version ${version} is there: ${page}`,
};
