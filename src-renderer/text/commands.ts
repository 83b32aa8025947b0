import { chartText, commonText } from './common.ts';
import { dataText } from './data.ts';
import { filtersText } from './filters.ts';
import { layersText } from './layers.ts';
import { splitText } from './split.ts';
import { studyText } from './study.ts';

/** The palette: a line to write in, and what is found. */
export const paletteText = {
  title: 'Go to or do',
  label: 'Screen, action, study or image set',
  found: 'Found',
  actions: 'Actions',
  studies: 'Studies',
  sets: 'Image sets',
  classes: (classes: number) => `${classes} classes`,
  nothing: 'Nothing has such a name.',
  count: (found: number) => (found === 1 ? 'One entry' : `${found} entries`),
};

const { screens } = commonText;

/** The list of keyboard shortcuts. */
export const shortcutText = {
  title: 'Keyboard shortcuts',
  everywhere: 'Everywhere',
  /** Keys that every page has. */
  general: [
    ['Tab, Shift+Tab', 'To the next or the previous control'],
    ['Esc', 'Closes a dialog'],
  ],
  inBrowser: 'In Transplant’s own window the screens have keys as well; a browser keeps those for itself.',
  within: 'Within a screen',
  /** What a screen says of its own keys. */
  ofScreens: [
    ['Charts', chartText.keys],
    [screens.data, dataText.keys],
    [screens.split, splitText.keys],
    [screens.study, studyText.cutHint],
    [screens.filters, filtersText.zoomHint],
    [screens.layers, layersText.keys],
  ],
};
