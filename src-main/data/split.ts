/** Two disjoint lists of class names. */
export interface Split {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** How a split is made; stored in the protocol. */
export type SplitSpec =
  /** Random halves; `classes` caps how many classes take part (drawn by the same seed). */
  | { readonly kind: 'random'; readonly classes?: number }
  /** A = the classes of these groups, B = of those; both are cut to equal numbers (drawn by seed) unless `unequal`. */
  | {
      readonly kind: 'groups';
      readonly a: readonly string[];
      readonly b: readonly string[];
      readonly unequal?: boolean;
    }
  /** Given lists, kept as they are. */
  | { readonly kind: 'lists'; readonly a: readonly string[]; readonly b: readonly string[] };
