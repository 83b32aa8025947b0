import { describe, expect, it } from 'vitest';
import { connectTo, openDesk } from './in-memory.ts';

describe('a split file that is opened in the window', () => {
  it('is read for the set, in the set’s class order', async () => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    const { byClass } = await api.images.details({ set });
    const names = byClass.map(({ name }) => name);
    const text = JSON.stringify({ a: [names[2], names[0]], b: [names[1], names[3]] });
    expect(await api.studies.readSplit({ set, file: 'split.json', text })).toEqual({
      a: [names[0], names[2]],
      b: [names[1], names[3]],
    });
    close();
  });

  it.each([
    ['not JSON', '{"a": [', 'Split file mine.json is not JSON'],
    ['something else', '{"a": ["x"]}', 'must hold {"a": [class names], "b": [class names]}'],
    ['of another set', '{"a": ["unicorn", "griffin"], "b": ["sphinx", "hydra"]}', 'has no class "unicorn"'],
  ])('says what is wrong where it is %s', async (_, text, sentence) => {
    const { workspace, set } = await openDesk();
    const { api, close } = connectTo(workspace);
    await expect(api.studies.readSplit({ set, file: 'mine.json', text })).rejects.toMatchObject({
      code: 'REFUSED',
      data: { sentence: expect.stringContaining(sentence) },
    });
    close();
  });
});
