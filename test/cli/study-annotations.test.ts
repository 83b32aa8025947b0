import { expect, it } from 'vitest';
import { setUp } from './set-up.ts';

const ID = '3f2a00000001';

it('renames a study, tags it, writes a note beside it, and lists it by these', async () => {
  const { transplant, written } = setUp();
  expect(await transplant('study', 'rename', '3f2a', 'Birds at dawn')).toBe(0);
  expect(await transplant('study', 'tag', 'Birds at dawn', 'first try, dawn', 'Dawn')).toBe(0);
  expect(await transplant('study', 'note', ID, 'Half of them\nin fog.')).toBe(0);
  expect(written.stdout).toContain(`Study ${ID} "Birds at dawn"\nTags: first try, dawn\nNotes: Half of them\nin fog.`);
  written.stdout = '';
  await transplant('study', 'list');
  expect(written.stdout).toMatch(/3f2a00000001 {2}Birds at dawn .* first try, dawn\n$/);
  written.stdout = '';
  await transplant('study', 'note', ID);
  expect(written.stdout).toBe('Half of them\nin fog.\n');
  await transplant('study', 'tag', ID, 'DAWN', '--remove');
  await transplant('study', 'note', ID, '');
  written.stdout = '';
  await transplant('study', 'list', '--json');
  expect(JSON.parse(written.stdout)).toMatchObject({
    ...{ id: ID, name: 'Birds at dawn', tags: ['first try'], notes: '', archived: false },
    // The protocol, and with it the ID, is what it was.
    protocol: { name: 'birds' },
  });
});

it('hides an archived study from the list, says so, and shows it where that is asked for', async () => {
  const { transplant, written } = setUp();
  expect(await transplant('study', 'archive', ID)).toBe(0);
  written.stdout = '';
  await transplant('study', 'list');
  expect(written.stdout).toBe('1 archived study is not shown: transplant study list --archived\n');
  written.stdout = '';
  await transplant('study', 'list', '--archived');
  expect(written.stdout).toMatch(/3f2a00000001 .* \(archived\)\n$/);
  await transplant('study', 'archive', ID, '--undo');
  written.stdout = '';
  await transplant('study', 'list');
  expect(written.stdout).toContain(ID);
});

it.each([
  [['rename', ID, ''], 'must have 1 to 80 characters on one line'],
  [['tag', ID, 'x'.repeat(41)], 'Nothing was changed'],
  [['note', ID, 'x'.repeat(20_001)], 'A note may have 20,000 characters'],
  [['tag', 'nothing', 'birds'], 'There is no study "nothing"'],
])('refuses %j in a sentence', async (words, sentence) => {
  const { transplant, written } = setUp();
  expect(await transplant('study', ...words)).toBe(2);
  expect(written.stderr).toContain(sentence);
});
