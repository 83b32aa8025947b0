import { UserError } from '../errors.ts';

/** A request that is not granted: the sentence for the person, and the HTTP status for the browser. */
export class Refused extends UserError {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.name = 'Refused';
    this.status = status;
  }
}
