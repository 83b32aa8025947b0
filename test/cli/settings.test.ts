import { expect, it } from 'vitest';
import { setUp } from './set-up.ts';

it('shows and changes what is set, and says what it can be', async () => {
  const { transplant, written } = setUp();
  expect(await transplant('settings', 'set', 'shared-memory', '4000')).toBe(0);
  expect(await transplant('settings', 'set', 'weights', 'bases')).toBe(0);
  expect(await transplant('settings', 'set', 'weights', 'none')).toBe(2);
  expect(await transplant('settings', 'set', 'colour', 'red')).toBe(2);
  expect(written.stderr).toContain('"none" is nothing that weights can be.');
  expect(written.stderr).toContain('There is no setting "colour"; there are theme, signs, workers, shared-memory');
  written.stdout = '';
  expect(await transplant('settings', 'show')).toBe(0);
  expect(written.stdout).toContain('shared-memory: 4000\n');
  expect(written.stdout).toContain('weights: bases\n');
  expect(written.stdout).toContain('workers: default\n');
  expect(await transplant('settings', 'set', 'weights', 'default')).toBe(0);
  expect(written.stdout).toContain('weights: all\n');
});
