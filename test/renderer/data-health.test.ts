import { expect, test } from 'vitest';
import { healthText } from '../../src-renderer/text/health.ts';

test('a pair is described in the order of its pictures', () => {
  expect(healthText.about(['ant', 'ant'], [true, false], false)).toBe('ant, held out / trained on');
  expect(healthText.about(['ant', 'bee'], [false, true], true)).toBe('ant / bee, trained on / held out, mirrored');
  expect(healthText.about(['ant', 'bee'], [false, false], false)).toBe('ant / bee, both trained on');
});
