/** How much work a study is, on two cores: under a minute, minutes, an hour or so, and the paper's own protocol. */
export const PRESET_NAMES = ['smoke', 'quick', 'standard', 'paper'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];
