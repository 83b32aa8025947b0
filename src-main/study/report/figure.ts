import { parseHTML } from 'linkedom';

export interface Figure {
  /** Its file name without ending: `figure-2-top`. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}

/** What charts are drawn in where there is no page. They only make elements with it: it stays empty. */
export const chartDocument: Document = parseHTML('<!doctype html><html><body></body></html>').document;
