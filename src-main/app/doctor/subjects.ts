import type { EngineName } from '../../common/choices.ts';

export type TrialSubject = 'images' | EngineName;

/** What came of loading a library and working with it. */
export type Trial =
  | {
      readonly version: string;
      readonly decodes?: readonly string[];
      /** Of tensorflow: whether it computes on a graphics card, and why it is not the native one. */
      readonly gpu?: boolean;
      readonly reason?: string;
      readonly failure?: undefined;
    }
  | { readonly failure: string };

/** What images may be imported from: sharp's name and everybody's. */
export const IMAGE_FORMATS = [
  { id: 'jpeg', name: 'JPEG' },
  { id: 'png', name: 'PNG' },
  { id: 'webp', name: 'WebP' },
  { id: 'gif', name: 'GIF' },
  { id: 'tiff', name: 'TIFF' },
  { id: 'avif', name: 'AVIF' },
] as const;
