/** Bytes for networks that are trained side by side, where nobody says otherwise: half of what is free. */
export const defaultSharedMemory = (): number => process.availableMemory() / 2;
