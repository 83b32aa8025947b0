/** An error that is a sentence for a person, as main's are. */
export class Said extends Error {
  readonly data: { readonly sentence: string };

  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.data = { sentence };
  }
}

/** Reading and sending files fails with sentences. */
export function said(error: Error): never {
  throw new Said(error.message, { cause: error });
}
