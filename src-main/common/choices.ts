/**
 * Names that a person chooses from, the same on the command line, in the window and in what is stored. Imports
 * nothing, so that a page can use them without the schemas.
 */

/** How much work a study is, on two cores: under a minute, under six minutes, about a day, and the paper's own protocol. */
export const PRESET_NAMES = ['smoke', 'quick', 'standard', 'paper'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/**
 * The engines by the names that runs keep. Their numbers differ by rounding, so no study mixes two. `onnx` is ONNX
 * Runtime on the processor, `onnx-webgpu` and `onnx-cuda` are ONNX Runtime on a graphics card.
 */
export const ENGINE_NAMES = ['onnx', 'onnx-webgpu', 'onnx-cuda', 'tensorflow'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** `auto` is the fastest engine that is sure to work here (engine/available.ts). */
export const ENGINE_CHOICES = ['auto', ...ENGINE_NAMES] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

/** The name of a file that holds a network and no images; `.bin` may be either. */
export const NETWORK_FILE = /\.(onnx|safetensors|pth|pt|th|keras|h5)$/i;

/** The formats of a saved network, which are also its file endings. */
export const NETWORK_FORMATS = ['onnx', 'safetensors'] as const;
/** What is written of a trained network: also a card in Markdown, which says what it is. */
export const SAVED_FORMATS = [...NETWORK_FORMATS, 'md'] as const;
export type NetworkFormat = (typeof SAVED_FORMATS)[number];

/** The formats of an exported table, which are also its file endings. */
export const TABLE_FORMATS = ['csv', 'parquet'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** Whose weights are packed into the file of a study: none, those of its bases, or those of all networks. */
export const CHECKPOINT_CHOICES = ['none', 'bases', 'all'] as const;
export type CheckpointChoice = (typeof CHECKPOINT_CHOICES)[number];

/** Images that a page asks a network about at once. */
export const MOST_ASKED = 20;

/** The end of the name under which a browser sends a folder: it is packed into an archive that nobody has a name for. */
export const PACKED_FOLDER = '.folder.tar';

/** What a person calls a file that a browser sends: by its name, or the folder that was packed. */
export const sentName = (file: string): string =>
  file.endsWith(PACKED_FOLDER) ? file.slice(0, -PACKED_FOLDER.length) : file;
