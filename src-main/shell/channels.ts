/**
 * The two IPC channels between preload and main. Everything else goes through the port that the first one hands over.
 */
export const CONNECT = 'transplant:connect';
export const COMMAND = 'transplant:command';
