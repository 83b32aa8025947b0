import { expect, it } from 'vitest';
import { entriesFor, inGroups, type Entry } from '../../src-renderer/frame/found.ts';

const entry = (group: string, label: string): Entry => ({ id: `${group} ${label}`, group, label, run: () => {} });
const ENTRIES = [
  entry('Actions', 'New study'),
  entry('Screens', 'Study'),
  entry('Studies', 'Birds of Örebro'),
  entry('Studies', 'orchids'),
  entry('Image sets', 'Birds'),
];
const found = (question: string) => entriesFor(question, ENTRIES).map(({ label }) => label);

it('finds by parts of names in any order, by what they are, and whatever the case', () => {
  expect(found('örebro bird')).toEqual(['Birds of Örebro']);
  expect(found('BIRDS')).toEqual(['Birds of Örebro', 'Birds']);
  expect(found('image bir')).toEqual(['Birds']);
  expect(found('xyz')).toEqual([]);
});

it('puts what begins with the question first', () => {
  expect(found('study')).toEqual(['Study', 'New study']);
});

it('shows everything to whoever asks nothing, but no more than can be read', () => {
  expect(found('  ')).toHaveLength(ENTRIES.length);
  const many = Array.from({ length: 5000 }, (_, i) => entry('Studies', `study ${i}`));
  const shown = entriesFor('', [...ENTRIES, ...many]);
  expect(shown.length).toBeLessThan(100);
  expect(entriesFor('4999', many).map(({ label }) => label)).toEqual(['study 4999']);
  expect(inGroups(shown).map(([group]) => group)).toEqual(['Actions', 'Screens', 'Studies', 'Image sets']);
});
