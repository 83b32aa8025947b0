/** How fast one network is on this machine. Times are medians. */
export interface Measurement {
  /** What ran underneath: `onnxruntime-node 1.30.0, CPU`. */
  readonly engineVersion: string;
  /** Images of a training step. */
  readonly batchSize: number;
  /** One training step with no layer frozen, the making of its batch included. */
  readonly stepSeconds: number;
  readonly evaluationSecondsPerImage: number;
  /** From the start of the process until it is ready for the first step. */
  readonly loadSeconds: number;
  /** Bytes that the process took at its peak. */
  readonly memory: number;
}
