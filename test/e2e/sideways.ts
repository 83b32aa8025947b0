import type { Page } from 'playwright-core';

/**
 * What is too wide for the window: elements that reach into or past the right margin of the screen, by tag and text,
 * and the page itself where it would scroll sideways. What a scrolling or clipping box of its own holds does not count.
 */
export const sideways = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const main = document.querySelector('main')!;
    const edge = main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight);
    const clipped = (element: Element): boolean => {
      for (let box = element.parentElement!; box !== main; box = box.parentElement!)
        if (getComputedStyle(box).overflowX !== 'visible') return true;
      return false;
    };
    const out = [...main.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > edge + 0.5 && !clipped(element))
      .map((element) => `${element.tagName.toLowerCase()}: ${element.textContent.trim().slice(0, 40)}`);
    const { scrollWidth } = document.documentElement;
    return scrollWidth > innerWidth ? [...out, `a page of ${scrollWidth} pixels`] : out;
  });
