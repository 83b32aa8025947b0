/**
 * What the file of a treatment states: how it is written, what becomes of its first n layers, how it is drawn, and
 * what is said of it. Code that plans, trains, draws or describes a treatment asks its definition and knows none by
 * name. These files are the same in main and in the window: they import nothing from outside this folder.
 */

/** The kinds whose first n layers are copied from a base: from one trained on the same half, or on the other. */
export const COPIED = ['selffer', 'transfer'] as const;
export type Copied = (typeof COPIED)[number];
/** Where the first n layers come from. */
export type Lower = Copied | 'random';

/** What a definition is asked about: `transfer+0.1` is the transfer of slower-below.ts at 0.1. */
interface Parts {
  readonly lower: Lower;
  /** The number after the sign; 0 if a treatment has none. */
  readonly value: number;
}

/** The number after a treatment's sign, and the field that asks for it. */
export interface Parameter {
  readonly least: number;
  readonly most: number;
  /** The most decimals. Trailing zeros are left out, so that each number is written in one way. */
  readonly decimals: number;
  /** The default. */
  readonly usual: number;
  readonly label: string;
  readonly hint: string;
}

/**
 * The number of first layers that are frozen from a point of a training on: after whole epochs, or a part of its
 * steps.
 */
export type FrozenStage = { readonly frozen: number } & ({ readonly epoch: number } | { readonly part: number });

/** How training changes the first n layers. The others learn in every treatment. */
export interface Learning {
  /** Whether they stay unchanged to the end, without adapters. */
  readonly frozen: boolean;
  /** What alone changes in them: running statistics of batch norms, or weights and biases of norms (network/variants.ts). */
  readonly norms?: 'statistics' | 'affine';
  /** The stages in ascending order, the first at 0, if the number of frozen layers changes. */
  readonly stages?: (n: number) => readonly FrozenStage[];
  /** The factor of the learning rate of layer 1 <= `layer` <= n; absent: 1. */
  readonly rateOf?: (layer: number, n: number) => number;
  /** Rank of the adapters that learn beside layers, which keep their weights (network/variants.ts). */
  readonly adapterRank?: number;
}

export type Theme = 'light' | 'dark';
export type Symbol = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'wye' | 'star';

/** How the curve of a treatment is drawn, except for its colour. */
export interface Look {
  /** Beside its name. */
  readonly meaning: string;
  /** Networks whose copied layers learn are drawn hollow and dashed, so that no two curves differ by colour alone. */
  readonly hollow: boolean;
  readonly symbol: Symbol;
  /** The dashes of the line; absent: solid. */
  readonly dashes?: string;
}

/**
 * How figures show it: its colour on white and on a dark ground, with a contrast of 3, and the sideways shift of its
 * markers in units of n. Text needs a contrast of 4.5, so its colour is darker if that of the line has less.
 */
export interface Drawn {
  readonly light: string;
  readonly lightText?: string;
  readonly dark: string;
  readonly shift: number;
}

interface Titled extends Parts {
  /** `Transfer` */
  readonly title: string;
}

/** What the sentence about one network needs to know. */
interface Told extends Titled {
  /** `the first 3 layers` */
  readonly layers: string;
  /** `baseA`; empty if none is copied. */
  readonly source: string;
  /** What is done with the layers above, and where it is trained. */
  readonly rest: string;
}

interface TreatmentDefinition {
  readonly lowers: readonly Lower[];
  /** What stands after the network's name, before its number if it has one. */
  readonly sign: string;
  readonly parameter?: Parameter;
  readonly learning: (value: number) => Learning;
  readonly look: (parts: Parts) => Look;
  readonly words: {
    /** In the name of an effect: `adapters over frozen`. */
    readonly short: string;
    /** On the card that chooses it. */
    readonly card: (of: Titled) => { readonly title: string; readonly shows: string };
    /** `Layers 1 to 3 are copied from baseA and …`. @param one whether it is a single layer */
    readonly becomes: (value: number, one: boolean) => string;
    /** A sentence about one network. */
    readonly network: (told: Told) => string;
  };
}

/** A treatment of the paper. Its variants have its colour and are listed after it. */
export interface PaperTreatment extends TreatmentDefinition {
  readonly drawn: Readonly<Partial<Record<Lower, Drawn>>>;
  /** Methods: `The transplanted layers … in AnB`; absent: nothing is transplanted. */
  readonly became?: string;
}

/** What the methods section of a report needs to describe a variant. */
export interface Reported {
  /** `AnB~4, AnB~8` */
  readonly names: string;
  /** `1,000 to 7,000 of 8,000 parameters` */
  readonly trained: string;
  /** The n of the study. */
  readonly layers: readonly number[];
  /** Whole epochs. */
  readonly epochs: number;
  /** Whether it was also trained on few target examples. */
  readonly few: boolean;
  /** Whether adapters of this network stand beside dense layers, too. */
  readonly besideDense: boolean;
}

/** A treatment that the paper doesn't have. */
export interface Variant extends TreatmentDefinition {
  /** The treatment whose colour it has and after which it is listed. */
  readonly variantOf: PaperTreatment;
  /** What it is compared with. */
  readonly against: readonly PaperTreatment[];
  /** The kind of layers without which a network can't have it: batch norms, or norms of any kind; absent: none. */
  readonly needs?: 'batch-norm' | 'norm';
  /**
   * The field by which the identity of a training, and so its key in the store, differs from others: it holds the
   * number after the sign, or `value` if there is none. It can never be renamed.
   */
  readonly identity: { readonly field: string; readonly value?: string };
  readonly words: TreatmentDefinition['words'] & {
    /** In the list of what may be done with copied layers. */
    readonly choice: { readonly title: string; readonly hint: string };
    /** For the help of the command line. */
    readonly brief: (value: number) => string;
    /** Whole sentences for the methods section of a paper, with who proposed it. */
    readonly methods: (reported: Reported) => string;
  };
}

/** The dashes of fine-tuned layers, to which variants add dots. */
export const DASHES = '5 3';
