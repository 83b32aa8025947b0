/** What a filter is, in the order in which they are named. On its own: the contract needs the names, and not the fits. */
export const FILTER_CLASSES = ['gabor', 'edge', 'colour blob', 'grey blob', 'noise', 'dead'] as const;
export type FilterClass = (typeof FILTER_CLASSES)[number];
