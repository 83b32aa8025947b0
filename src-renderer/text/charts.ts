/** What charts say to those who read them by keys or by ear. */
export const text = {
  reader: (label: string) => `${label}. Arrow keys read its points`,
  howToRead: (points: number) =>
    `${points} points. Left and right go along a curve, up and down to another curve, Enter shows what is behind a number.`,
};
