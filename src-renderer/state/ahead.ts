import type { NetworkChoice } from '../../src-main/common/contract/networks.ts';
import { draft } from './draft.svelte.ts';
import { knownAnswers, remember } from './known-answers.ts';
import { session } from './session.svelte.ts';

/** A question of a screen, with the name under which its answer is known. */
interface Question<T> {
  readonly name: string;
  readonly ask: () => Promise<T>;
}

/** What is asked ahead: screens ask it in the same words. */
export const questions = {
  studies: { name: 'studies', ask: () => session.api.studies.list() },
  sets: { name: 'sets', ask: () => session.api.images.list() },
  presets: { name: 'presets', ask: () => session.api.studies.presets() },
  engine: { name: 'engine', ask: () => session.api.engine.known() },
  set: (set: string) => ({ name: `set ${set}`, ask: () => session.api.images.details({ set }) }),
  results: (study: string) => ({ name: `results ${study}`, ask: () => session.api.studies.results({ study }) }),
  details: (study: string) => ({ name: `details ${study}`, ask: () => session.api.studies.details({ study }) }),
  networks: (classes: number) => ({
    name: `networks ${classes}`,
    ask: () => session.api.networks.list({ classes }),
  }),
  network: (asked: { network: NetworkChoice; inputSize?: number; classes: number }) => ({
    name: `network ${JSON.stringify(asked)}`,
    ask: () => session.api.networks.describe(asked),
  }),
};

/** Classes in each half while nobody knows how many there are: only the last layer depends on it. */
export const SOME_CLASSES = 10;

/** Studies whose results are asked ahead: the newest. */
const STUDIES = 3;

/**
 * Asks for what screens begin with while the page has nothing else to do, so that their first opening is answered at once, too. One
 * question after the other: main has other work as well. Errors are left to the screen that asks.
 */
export async function askAhead(): Promise<void> {
  try {
    const presets = await ahead(questions.presets);
    const studies = await ahead(questions.studies);
    const sets = await ahead(questions.sets);
    const finished = studies.filter(({ status, archived }) => status === 'finished' && !archived);
    for (const { id } of finished.slice(0, STUDIES)) {
      await ahead(questions.results(id));
      await ahead(questions.details(id));
    }
    const { set, preset, inputSize } = draft.content;
    for (const { id } of sets) if (id === set) await ahead(questions.set(id));
    const name = presets.find((one) => one.name === preset)?.network;
    const network = draft.content.network ?? (name === undefined ? undefined : { builtIn: name });
    if (network) await ahead(questions.network({ network, inputSize, classes: SOME_CLASSES }));
    await ahead(questions.engine);
  } catch {
    // The connection was lost, or what was asked for is gone.
  }
}

async function ahead<T>({ name, ask }: Question<T>): Promise<T> {
  await idle();
  const { stored } = session;
  const known = knownAnswers.get(name);
  if (known?.stored === stored) return known.answer as T;
  const answer = await ask();
  remember(name, { answer, json: JSON.stringify(answer), stored });
  return answer;
}

/** Safari has no such callback. */
const idle = (): Promise<unknown> =>
  new Promise((resolve) => ('requestIdleCallback' in window ? requestIdleCallback(resolve) : setTimeout(resolve, 50)));
