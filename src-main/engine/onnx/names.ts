/** Names of the inputs and outputs of the two graphs. A parameter's own name (`conv1.weight`) is its input. */
export const IMAGES = 'images';
/** In place of images, where a graph begins above a prefix. */
export const BOUNDARY = 'boundary';
/** What a prefix makes of images, up to and with layer n. */
export const boundaryOf = (n: number): string => `boundary${n}`;
export const LABELS = 'labels';
export const LEARNING_RATE = 'learningRate';
export const LOSS = 'loss';
export const CORRECT = 'correct';
export const dropoutInput = (index: number): string => `dropout${index}`;
export const momentumOf = (parameter: string): string => `${parameter}.momentum`;
/** What a step makes of a weight or a momentum. */
export const next = (name: string): string => `${name}.next`;
