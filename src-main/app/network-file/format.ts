export interface SavedNetwork {
  readonly file: string;
  readonly bytes: number;
  /** Whether the mean image is in it; an ONNX model always has it. */
  readonly mean: boolean;
}
