import type { EngineName } from '../common/choices.ts';
import type { Network } from '../network/network.ts';
import type { Tensor, Weights } from '../network/weights.ts';

/**
 * What a training step reads. Every engine gets the same numbers, whatever its own layout. A network whose lower layers are
 * computed by a `Prefix` gets `Activations` in place of images.
 */
export interface Batch<Images = Float32Array> {
  /** Mean-subtracted pixels [N, 3, inputSize, inputSize], row-major. */
  readonly images: Images;
  /** Class of each image, [N]. */
  readonly labels: Int32Array;
}

export interface TrainingBatch<Images = Float32Array> extends Batch<Images> {
  /**
   * One mask for each layer with dropout or stochastic depth, in order, [N, ...its shape] and [N, 1, ...]: 0 or 1 / (1 - rate).
   */
  readonly dropoutMasks: readonly Float32Array[];
}

export interface BatchResult {
  /**
   * Mean softmax cross-entropy over the batch, in nats (without weight decay), in training to labels that are smoothed where
   * the network says so.
   */
  readonly loss: number;
  /** Images whose highest logit is their label's (the first of equal ones). */
  readonly correct: number;
}

export interface EvaluationResult extends BatchResult {
  /** The class with the highest logit of each image (the first of equal ones), [N]. */
  readonly answers: ArrayLike<number>;
}

export interface TrainerOptions {
  readonly network: Network;
  /** Images in each training step. Evaluation takes any number. */
  readonly batchSize: number;
  /**
   * Layers 1..frozen keep their weights and running statistics, which their batch norm computes with: no gradient, no work, no
   * weight decay.
   */
  readonly frozen: number;
  /** CPU threads that the engine may use. */
  readonly threads: number;
  /** Where weights and running statistics start; what the optimiser remembers starts at zero unless given. */
  readonly weights: Weights;
  readonly momentum?: Weights;
}

/**
 * Trains one network. SGD with momentum as in Caffe, for each weight w with multipliers m of its layer:
 *
 *     g = dLoss/dw + weightDecay * m.decay * w
 *     v <- momentum * v + learningRate * m.learningRate * g
 *     w <- w - v
 *
 * AdamW (Loshchilov and Hutter 2019), with t the steps that w has learned for and rate = learningRate * m.learningRate:
 *
 *     a <- momentum * a + (1 - momentum) * dLoss/dw
 *     b <- beta2 * b + (1 - beta2) * (dLoss/dw)^2
 *     w <- w - rate * weightDecay * m.decay * w - rate * a / (1 - momentum^t) / (sqrt(b / (1 - beta2^t)) + epsilon)
 *
 * With `clipNorm`, all dLoss/dw are first divided by their norm / clipNorm where that is above 1.
 */
export interface Trainer<Images = Float32Array> {
  /** One step; the loss is that before the update. */
  step(batch: TrainingBatch<Images>, learningRate: number): Promise<BatchResult>;
  /** Forward pass only, without dropout, with running statistics. */
  evaluate(batch: Batch<Images>): Promise<EvaluationResult>;
  /** A copy of all weights and running statistics, frozen ones included. */
  weights(): Promise<Weights>;
  /** A copy of one parameter, without copying the others. Throws a RangeError where the network has none of that name. */
  parameter(name: string): Promise<Tensor>;
  /** A copy of what the optimiser remembers of all parameters (network/optimiser.ts); zeros for frozen ones. */
  momentum(): Promise<Weights>;
  dispose(): Promise<void>;
}

export interface Engine {
  readonly name: EngineName;
  /** The library that computes, for the protocol: `onnxruntime-node 1.30.0, CPU`. */
  readonly version: string;
  compile(options: TrainerOptions): Promise<Trainer>;
  /** Present where the engine is one of `PREFIX_ENGINES`. */
  readonly prefixes?: PrefixEngine;
}

/**
 * Networks that share frozen layers share their forward pass: one `Prefix` computes it for all of them. A network's numbers
 * do not depend on which others are trained beside it.
 */
export interface PrefixEngine {
  compilePrefix(options: PrefixOptions): Promise<Prefix>;
  /** Compiles the layers above `frozen` of a network, which read a prefix's activations. */
  compileAbove(options: TrainerOptions): Promise<Trainer<Activations>>;
}

export interface PrefixOptions extends Omit<TrainerOptions, 'frozen' | 'momentum'> {
  /** The layers n whose activations are wanted, in rising order. Weights above the last are not read. */
  readonly layers: readonly number[];
}

/** What a prefix makes of a batch, for the engine that made it only. Valid until the prefix is given the next batch. */
export interface Activations {
  readonly images: number;
}

/** What a network reads: images [N, 3, inputSize, inputSize], or what a prefix has made of them. */
export type ImagesOrActivations = Float32Array | Activations;

/** The lowest layers of a network, which don't learn. Both passes give the activations after each wanted layer n. */
export interface Prefix {
  /** With dropout. */
  train(batch: TrainingBatch): Promise<ReadonlyMap<number, Activations>>;
  /** Without dropout, and for any number of images. */
  evaluate(batch: Batch): Promise<ReadonlyMap<number, Activations>>;
  dispose(): Promise<void>;
}

/** The engines that have `prefixes`, for planning trainings without loading an engine. */
export const PREFIX_ENGINES: ReadonlySet<EngineName> = new Set<EngineName>(['onnx']);
