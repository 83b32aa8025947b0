/** The classes of filters, in the order in which they are listed. The API's contract needs only these names. */
export const FILTER_CLASSES = ['gabor', 'edge', 'colour blob', 'grey blob', 'noise', 'dead'] as const;
export type FilterClass = (typeof FILTER_CLASSES)[number];
