import type { Readable } from 'node:stream';

/** What is kept of a process's output. */
const LINES = 20;
const CHARACTERS = 4000;

/** Reads streams of text to their ends and remembers only the last lines, whatever comes. */
export class LastLines {
  #text = '';

  constructor(...streams: Readable[]) {
    for (const stream of streams)
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#text = (this.#text + text.slice(-CHARACTERS)).slice(-CHARACTERS);
      });
  }

  toString(): string {
    return this.#text.trimEnd().split('\n').slice(-LINES).join('\n');
  }
}
