import { expect, it } from 'vitest';
import { setUp } from './set-up.ts';

const ID = '3f2a00000001';

it('deletes a study, says how it comes back, lists what can, and brings it back', async () => {
  const { transplant, written } = setUp(undefined, { once: true });
  expect(await transplant('study', 'delete', 'birds')).toBe(0);
  expect(written.stdout).toMatch(
    /^The study 3f2a00000001 "birds" is deleted\. It keeps 0 B of disk until .*; until then it comes back with: transplant study restore 3f2a00000001\n$/,
  );
  written.stdout = '';
  await transplant('study', 'list');
  expect(written.stdout).toBe('No studies yet. Run one: transplant study run\n');
  expect(await transplant('study', 'show', ID)).toBe(2);
  written.stdout = '';
  await transplant('study', 'restore');
  expect(written.stdout).toMatch(/3f2a00000001 {2}birds /);
  expect(await transplant('study', 'restore', '3f2a')).toBe(0);
  written.stdout = '';
  await transplant('study', 'list');
  expect(written.stdout).toContain(ID);
});

it('deletes for good where that is asked for, and says what cannot be brought back', async () => {
  const { transplant, written } = setUp(undefined, { once: true });
  expect(await transplant('study', 'delete', ID, '--now')).toBe(0);
  expect(written.stdout).toContain('has gone for good');
  expect(await transplant('study', 'restore', ID)).toBe(2);
  expect(written.stderr).toContain(`There is no deleted study "${ID}" that could be brought back.`);
  expect(await transplant('data', 'delete', 'nothing')).toBe(2);
  expect(written.stderr).toContain('There is no image set "nothing"');
});
