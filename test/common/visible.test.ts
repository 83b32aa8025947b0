import { expect, test } from 'vitest';
import { isolated, shortened } from '../../src-main/common/visible.ts';

test('a name from right to left is kept apart from the words beside it, and any other is as it was', () => {
  expect([isolated('wolf'), isolated('写真'), isolated('גמל'), isolated('صورة 3')]).toEqual([
    'wolf',
    '写真',
    '\u2068גמל\u2069',
    '\u2068صورة 3\u2069',
  ]);
});

test('a long name keeps its beginning and its end, and no character is cut in two', () => {
  expect(shortened('short.png', 12)).toBe('short.png');
  expect(shortened('IMG_20230101_final_12.png', 13)).toBe('IMG_…l_12.png');
  const faces = shortened('😀'.repeat(20), 10);
  expect([...faces]).toEqual([...'😀😀😀…😀😀😀😀😀😀']);
});
