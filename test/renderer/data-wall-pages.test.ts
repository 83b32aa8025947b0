import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WallPages, type WallPage } from '../../src-renderer/views/data/wall-pages.svelte.ts';

interface Question {
  readonly first: number;
  readonly count: number;
  readonly signal: AbortSignal;
  readonly answer: () => Promise<void>;
  readonly fail: () => Promise<void>;
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A wall whose questions are answered, and whose frames pass, when the test says so. */
function wall(total: number, options: { count?: number; keep?: number; atOnce?: number } = {}) {
  const questions: Question[] = [];
  const frames: (() => void)[] = [];
  const pages = new WallPages({
    total,
    count: 10,
    ...options,
    soon: (work) => frames.push(work),
    ask: (first, count, signal) =>
      new Promise<WallPage>((resolve, reject) => {
        const images = Array.from({ length: count }, (_, i) => ({ image: first + i, label: 0, heldOut: false }));
        questions.push({
          first,
          count,
          signal,
          answer: () => (resolve({ size: 8, pixels: new Uint8Array(0), images }), settled()),
          fail: () => (reject({ data: { sentence: 'The disk is gone.' } }), settled()),
        });
      }),
  });
  const frame = () => frames.splice(0).forEach((work) => work());
  const asked = () => questions.map(({ first }) => first);
  return { pages, questions, frames, frame, asked };
}

it('asks for what is in view, and then for what is beside it, a few questions at a time', async () => {
  const { pages, questions, frame, asked } = wall(100);
  pages.show(25, 44);
  frame();
  expect(asked()).toEqual([20, 30]);
  for (const page of [0, 1, 2, 3, 4]) {
    await questions[page].answer();
    frame();
    expect(asked().length).toBeLessThanOrEqual(page + 3);
  }
  expect(asked()).toEqual([20, 30, 40, 50, 10]);
  expect(pages.at(27)).toMatchObject({ image: 27 });
  expect(pages.at(70)).toBeUndefined();
});

it('asks for no more than there is on the last page', () => {
  const { pages, questions, frame } = wall(25);
  pages.show(20, 24);
  frame();
  expect(questions[0]).toMatchObject({ first: 20, count: 5 });
});

it('asks once for a scroll of many events within one frame', () => {
  const { pages, frame, frames, asked } = wall(1000);
  for (let first = 0; first <= 500; first += 10) pages.show(first, first + 9);
  expect(frames).toHaveLength(1);
  frame();
  expect(asked()).toEqual([500, 510]);
});

it('drops what was scrolled past: it is given up, and an answer that comes all the same is not kept', async () => {
  const { pages, questions, frame, asked } = wall(1000);
  pages.show(0, 9);
  frame();
  pages.show(900, 909);
  frame();
  expect(questions.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  await questions[0].answer();
  await questions[1].answer();
  frame();
  expect(pages.page(0)).toBeUndefined();
  expect(asked().slice(2)).toEqual([900, 910]);
});

it('says why pictures are missing, does not ask for them over and over, and tries again when told to', async () => {
  const { pages, questions, frame, asked } = wall(10);
  pages.show(0, 9);
  frame();
  await questions[0].fail();
  frame();
  expect(pages.problem).toBe('The disk is gone.');
  pages.show(0, 9);
  frame();
  expect(asked()).toEqual([0]);
  pages.again();
  frame();
  expect(asked()).toEqual([0, 0]);
  await questions[1].answer();
  expect(pages.problem).toBeUndefined();
  expect(pages.at(3)).toMatchObject({ image: 3 });
});

it('gives up all questions when it is closed, and asks none after', async () => {
  const { pages, questions, frame, asked } = wall(100);
  pages.show(0, 9);
  frame();
  pages.close();
  expect(questions.every(({ signal }) => signal.aborted)).toBe(true);
  await questions[0].answer();
  frame();
  expect(asked()).toEqual([0, 10]);
});

it('whatever was looked at: what is in view comes in the end, and memory stays bounded', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4999), { minLength: 1, maxLength: 20 }), async (places) => {
      const { pages, questions, frame } = wall(5000, { keep: 6, atOnce: 3 });
      let answered = 0;
      const quiet = async () => {
        const most = answered + 10;
        for (frame(); answered < questions.length; frame()) {
          expect(answered, 'the same pages are asked for over and over').toBeLessThan(most);
          await questions[answered++].answer();
        }
      };
      for (const first of places) {
        pages.show(first, Math.min(4999, first + 25));
        await quiet();
        for (const position of [first, Math.min(4999, first + 25)]) expect(pages.at(position)?.image).toBe(position);
      }
      const kept = Array.from({ length: 500 }, (_, page) => pages.page(page)).filter(Boolean);
      expect(kept.length).toBeLessThanOrEqual(6);
    }),
    { numRuns: 40 },
  );
});
