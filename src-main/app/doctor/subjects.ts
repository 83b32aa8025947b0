import type { EngineName } from '../../common/choices.ts';

export type TrialSubject = 'images' | EngineName;

/** The outcome of loading a library and doing a little work with it. */
export type Trial =
  | {
      readonly version: string;
      readonly decodes?: readonly string[];
      /** Only for tensorflow: whether it computes on a graphics card, and why the native library is not used. */
      readonly gpu?: boolean;
      readonly reason?: string;
      readonly failure?: undefined;
    }
  | { readonly failure: string };

/** Formats of images that can be imported: sharp's id and the common name. */
export const IMAGE_FORMATS = [
  { id: 'jpeg', name: 'JPEG' },
  { id: 'png', name: 'PNG' },
  { id: 'webp', name: 'WebP' },
  { id: 'gif', name: 'GIF' },
  { id: 'tiff', name: 'TIFF' },
  { id: 'avif', name: 'AVIF' },
] as const;
