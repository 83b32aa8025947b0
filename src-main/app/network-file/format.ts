/** What a trained network can be saved as; also the ending of its file. */
export const NETWORK_FORMATS = ['onnx', 'safetensors'] as const;
export type NetworkFormat = (typeof NETWORK_FORMATS)[number];

export interface SavedNetwork {
  readonly file: string;
  readonly bytes: number;
  /** Whether the mean image is in it; an ONNX model always has it. */
  readonly mean: boolean;
}
