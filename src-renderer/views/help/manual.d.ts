/** Made of docs/ by packaging/manual.ts when the program is built. */
declare module 'virtual:manual' {
  export const pages: readonly import('../../../packaging/manual.ts').ManualPage[];
}
