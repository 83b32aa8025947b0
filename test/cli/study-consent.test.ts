import { expect, it } from 'vitest';
import { askConsent } from '../../src-main/cli/commands/study-consent.ts';
import type { Gate } from '../../src-main/cli/terminal/gate.ts';

const HOUR = 3600;
const announced = (seconds: number) => ({ seconds, sentences: ['79 trainings, a while.'] });

function at(ask?: (question: string) => Promise<boolean>) {
  const said: string[] = [];
  const gate = { write: (text: string) => said.push(text) } as unknown as Gate;
  return { said, surroundings: { ask, stdout: gate, stderr: gate } };
}

it('tells what a short study takes, and begins it', async () => {
  const { said, surroundings } = at();
  await askConsent(announced(HOUR / 2), {}, surroundings);
  expect(said.join('')).toContain('79 trainings');
});

it('does not begin a long one unless somebody agrees, or --yes was given', async () => {
  await expect(askConsent(announced(2 * HOUR), {}, at().surroundings)).rejects.toThrow('say --yes');
  await expect(askConsent(announced(2 * HOUR), {}, at(async () => false).surroundings)).rejects.toThrow('Nothing was');
  await askConsent(announced(2 * HOUR), {}, at(async () => true).surroundings);
  await askConsent(announced(2 * HOUR), { yes: true }, at().surroundings);
});
