import { MediaQuery } from 'svelte/reactivity';
import type { Theme } from '../../src-main/common/charts/look.ts';

const dark = new MediaQuery('prefers-color-scheme: dark');

/** The system's theme, as it changes: for what is drawn and can't follow the colours of style/tokens.css by itself. */
export const theme = {
  get current(): Theme {
    return dark.current ? 'dark' : 'light';
  },
};
