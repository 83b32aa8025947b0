import { isPackaged } from '../process/packaged.ts';
import type { EngineName } from './engine.ts';

const NOT_PACKED =
  'The engine tensorflow is not in this package: take onnx, which computes the same; or run Transplant from its source, ' +
  'where "npx transplant engine add tensorflow" builds it.';

/** Why an engine can't be had here whatever is tried, as a sentence; undefined: it may be there. Loads nothing. */
export const whyMissing = (name: EngineName): string | undefined =>
  name === 'tensorflow' && isPackaged ? NOT_PACKED : undefined;
