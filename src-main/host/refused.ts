import { UserError } from '../errors.ts';

/** Why a request fails: a sentence for the person, and the HTTP status for the browser. */
export class HttpError extends UserError {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.name = 'HttpError';
    this.status = status;
  }
}
