import { z } from 'zod';
import type { UserError } from '../../errors.ts';

/**
 * The shape of one image's value: [channels, rows, columns] of an image, [tokens, values] of a sequence, [units, 1, 1] of a
 * dense layer, and any other that reshaping makes.
 */
export type Shape = readonly number[];

export const volume = (shape: Shape): number => shape.reduce((total, size) => total * size, 1);

/** What a parameter starts from. `gaussian`: N(0, std); every value has a random stream by the parameter's name. */
export type Initial =
  { readonly kind: 'gaussian'; readonly std: number } | { readonly kind: 'constant'; readonly value: number };

/** Caffe's `lr_mult` and `decay_mult`: factors of the learning rate and of weight decay. */
export interface Multipliers {
  readonly learningRate: number;
  readonly decay: number;
}

/** What a parameter is to its layer. Statistics follow the images; nothing else but gradients changes the others. */
export type ParameterRole = 'weight' | 'bias' | 'table' | 'runningMean' | 'runningVariance';

export interface LayerParameter {
  readonly role: ParameterRole;
  readonly shape: Shape;
  /** How many inputs are summed up in an output, for initialisations that depend on it. */
  readonly fanIn: number;
  readonly initial: Initial;
  readonly multipliers: Multipliers;
}

/** Makes the error of a layer: a sentence, or several, that the layer's name and input are put around. */
export type Wrong = (what: string) => UserError;

interface Place {
  /** Shapes of the layer's inputs, at least one. */
  readonly inputs: readonly Shape[];
  /** Units of a layer that leaves them to the number of classes. */
  readonly classes: number;
  readonly wrong: Wrong;
}

/**
 * A kind of layer as part of a description: settings, shapes, parameters and operations. What it computes is in the file of
 * its name in engine/onnx/layers.
 */
export interface LayerDefinition<Spec> {
  /** Number of inputs: exactly so many, or at least two. */
  readonly inputs: 0 | 1 | 2 | 'several';
  /** Throws a `wrong` error where the inputs don't meet the settings. */
  readonly output: (spec: Spec, place: Place) => Shape;
  /** In the order in which they are stored; absent: none. */
  readonly parameters?: (spec: Spec, inputs: readonly Shape[], output: Shape) => readonly LayerParameter[];
  /** Floating point operations of one image; a multiply and an add count as two. Absent: one for each output value. */
  readonly flops?: (spec: Spec, inputs: readonly Shape[], output: Shape) => number;
  /** The settings beside type and size: `5x5, stride 2, pad 2`; absent: nothing. */
  readonly details?: (spec: Spec) => string;
}

/** A layer's name: in a block, under the block's. */
export const layerName = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}$/,
    'must start with a letter, a digit or _ and have at most 96 letters, digits, dots, _ or -',
  );

/** What every layer may say. */
export const anyLayer = {
  /** Names of the layers whose outputs it reads; `input` is what its block reads. Absent: the layer before it. */
  inputs: z.array(layerName).min(1).max(64).optional(),
};

/** What a layer without parameters may say. */
export const nameless = { name: layerName.optional(), ...anyLayer };

export const count = z.int().positive().max(65536);

/** `3x3`, `stride 2`: only what is not as usual. */
export const unless = <T>(usual: T, value: T, name: string): string[] =>
  String(value) === String(usual) ? [] : [`${name} ${String(value)}`];
