/** Everything that the Help screen says around the manual itself. */
export const helpText = {
  title: 'Help',
  reading: 'Opening the manual …',
  contents: 'Pages of the manual',
  index: 'Contents',
  search: 'Search the manual',
  found: (count: number) => (count === 1 ? '1 section' : `${count} sections`),
  nothing: (words: string) => `Nothing in the manual has all of “${words}”. Try fewer or other words.`,
};
