import { untrack } from 'svelte';
import { sentenceOf } from '../api.ts';
import { knownAnswers, remember } from './known-answers.ts';
import { session } from './session.svelte.ts';

/** An answer that is asked for: what a screen shows of it at any moment. */
export interface Answer<T> {
  readonly value: T | undefined;
  readonly problem: string | undefined;
  readonly waiting: boolean;
  /** Asks once more, keeping what is shown until the new answer is there. */
  again(): void;
}

/**
 * Asks for something, and again whenever what the question reads changes; an answer that comes after a newer question
 * is dropped. The last answer stays on the screen meanwhile, and while there is no connection: then it is asked again once
 * there is one. Call it while a component is set up.
 *
 *     const sets = ask(() => (void session.stored, session.api.images.list()));
 *
 * @param known a name for the answer, which is plain data: the last one is shown at once where the screen is opened again
 * @param of what the answer depends on beside what its name says. `stored`: on that alone, so that it is not asked again while nothing was stored; `list`:
 * likewise, and something is chosen from it, so that it is not shown once something was; `choice`: not shown then, and always asked
 */
export function ask<T>(
  question: () => Promise<T> | undefined,
  known?: () => string,
  of: 'now' | 'stored' | 'list' | 'choice' = 'now',
): Answer<T> {
  const last = known && knownAnswers.get(untrack(known));
  const isCurrent = last?.stored === untrack(() => session.stored);
  const before = of === 'now' || of === 'stored' || isCurrent ? last : undefined;
  /** By what was stored: what needs not be asked. */
  let answered = isCurrent && (of === 'stored' || of === 'list') ? last?.stored : undefined;
  let value = $state.raw<T | undefined>(before?.answer as T | undefined);
  let shown = before?.json;
  let problem = $state<string>();
  let waiting = $state(false);
  let round = $state(0);
  $effect(() => {
    void round;
    const isKnown = answered !== undefined && answered === session.stored;
    answered = undefined;
    // Another name is another question.
    if (isKnown) known?.();
    const asked = session.connected && !isKnown ? question() : undefined;
    if (!asked) {
      waiting = false;
      return;
    }
    let current = true;
    const [name, stored] = untrack(() => [known?.(), session.stored] as const);
    waiting = true;
    asked
      .then(
        (answer) => {
          if (!current) return;
          problem = undefined;
          const json = name === undefined ? undefined : JSON.stringify(answer);
          // What is drawn of the same answer would be drawn again whenever anything at all was stored.
          if (name !== undefined && json !== undefined)
            remember(name, { answer: json === shown ? value : answer, json, stored });
          if (json !== undefined && json === shown) return;
          value = answer;
          shown = json;
        },
        (error: unknown) => {
          if (current) problem = sentenceOf(error);
        },
      )
      .finally(() => {
        if (current) waiting = false;
      });
    return () => {
      current = false;
    };
  });
  return {
    get value() {
      return value;
    },
    get problem() {
      return problem;
    },
    get waiting() {
      return waiting;
    },
    again() {
      round += 1;
    },
  };
}

/** Something that a person does: runs it and keeps the sentence where it fails. */
export class Attempt {
  running = $state(false);
  problem = $state<string>();

  /** Whether it succeeded. While one runs, another is not begun. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.running) return false;
    this.running = true;
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = sentenceOf(error);
      return false;
    } finally {
      this.running = false;
    }
  }
}

/** Work that takes main a while and that a person may stop: its newest report, until it has ended or is stopped. */
export class LongTask<Report> {
  report = $state.raw<Report>();
  running = $state(false);
  /** Whether it was stopped before its end. */
  stopped = $state(false);
  problem = $state<string>();
  #stop: AbortController | undefined;

  /** While one runs, another is not begun. Main ends the work as soon as the signal says so. */
  async run(begin: (signal: AbortSignal) => Promise<AsyncIterable<Report>>): Promise<void> {
    if (this.running) return;
    const { signal } = (this.#stop = new AbortController());
    this.running = true;
    this.stopped = false;
    this.problem = undefined;
    this.report = undefined;
    try {
      for await (const report of await begin(signal)) this.report = report;
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    }
    this.stopped = signal.aborted;
    this.running = false;
  }

  stop(): void {
    this.#stop?.abort();
  }
}
