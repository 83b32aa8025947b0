import { expect, it } from 'vitest';
import { COMMANDS, isPressed, keyName, plainLabel, type Pressed } from '../../src-main/common/commands.ts';

const press = (key: string, held: Partial<Pressed> = {}): Pressed => ({
  ...{ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
  ...held,
});

it('has each key once, and none that a person types, but for signs that the page hears', () => {
  const keys = COMMANDS.flatMap((command) => command.keys ?? []);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { keys, heardByPage } of COMMANDS)
    if (keys?.length === 1) expect([/\W/.test(keys), heardByPage]).toEqual([true, true]);
});

it('names keys as the keyboard does', () => {
  expect(keyName('CmdOrCtrl+K', false)).toBe('Ctrl+K');
  expect(keyName('CmdOrCtrl+K', true)).toBe('⌘K');
  expect(keyName('?', true)).toBe('?');
  expect(plainLabel({ label: 'Show the &home folder' })).toBe('Show the home folder');
});

it('tells the keys of a command from others', () => {
  expect(isPressed('CmdOrCtrl+K', press('k', { ctrlKey: true }), false)).toBe(true);
  expect(isPressed('CmdOrCtrl+K', press('k', { metaKey: true }), true)).toBe(true);
  // On a Mac, Ctrl+K deletes to the end of the line.
  expect(isPressed('CmdOrCtrl+K', press('k', { ctrlKey: true }), true)).toBe(false);
  expect(isPressed('CmdOrCtrl+K', press('k'), false)).toBe(false);
  expect(isPressed('CmdOrCtrl+K', press('K', { ctrlKey: true, shiftKey: true }), false)).toBe(false);
  expect(isPressed('F1', press('F1'), false)).toBe(true);
  expect(isPressed('F1', press('F1', { altKey: true }), false)).toBe(false);
  // Above another sign on a US keyboard, on its own on a French one.
  expect(isPressed('?', press('?', { shiftKey: true }), false)).toBe(true);
  expect(isPressed('?', press('?'), false)).toBe(true);
  expect(isPressed('?', press('/'), false)).toBe(false);
});
