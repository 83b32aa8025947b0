/**
 * Names that a person chooses from, the same on the command line, in the window and in what is stored. Imports nothing, so
 * that a page may have them without what checks them.
 */

/** How much work a study is, on two cores: under a minute, under six minutes, an hour or two, and the paper's own protocol. */
export const PRESET_NAMES = ['smoke', 'quick', 'standard', 'paper'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/**
 * The engines by the names that runs keep. Their numbers differ by rounding, so that no study mixes two. `onnx` is ONNX
 * Runtime on the processor, `onnx-webgpu` and `onnx-cuda` are ONNX Runtime on a graphics card.
 */
export const ENGINE_NAMES = ['onnx', 'onnx-webgpu', 'onnx-cuda', 'tensorflow'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** `auto`: the fastest that is sure to work here (engine/available.ts). */
export const ENGINE_CHOICES = ['auto', ...ENGINE_NAMES] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

/** What a trained network can be saved as; also the ending of its file. */
export const NETWORK_FORMATS = ['onnx', 'safetensors'] as const;
export type NetworkFormat = (typeof NETWORK_FORMATS)[number];

/** What a table leaves as; also the ending of its file. */
export const TABLE_FORMATS = ['csv', 'parquet'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** Which networks' weights go with a study into its file: none, those of its bases, or all. */
export const CHECKPOINT_CHOICES = ['none', 'bases', 'all'] as const;
export type CheckpointChoice = (typeof CHECKPOINT_CHOICES)[number];
