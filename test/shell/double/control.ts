import { closeChromium } from './chromium.ts';

/** Runs functions of the test in this process, with the double's modules: what Playwright's `evaluate` does in Electron. */

interface Order {
  readonly id: number;
  /** The text of a function (electron, argument) => result. */
  readonly run: string;
  readonly argument: unknown;
}

process.on('message', async (order: Order | 'end') => {
  if (order === 'end') return closeChromium().finally(() => process.exit());
  const { id, run, argument } = order;
  try {
    const electron = await import('./electron.ts');
    const value = await (0, eval)(`(${run})`)(electron, argument);
    process.send!({ id, value });
  } catch (error) {
    process.send!({ id, problem: String((error as Error).stack) });
  }
});
