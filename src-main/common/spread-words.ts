import { counted } from './numbers.ts';
import { quoted } from './visible.ts';

/** By which spread of accuracies something is expected of a study, for the window and the terminal. */
export const spreadWords = (spreadOf: { readonly study: string; readonly units: number } | null): string =>
  spreadOf === null
    ? 'by a spread that is assumed, as no study like it was trained here'
    : `by the spread of ${counted(spreadOf.units, 'replicate')} of ${quoted(spreadOf.study)}`;
