import { visible } from '../../common/visible.ts';

/** A stream that text is written to: `process.stdout`, or a list of strings in a test. */
interface TextStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * The one way to the terminal. Names and reasons come from strangers: what a terminal would obey is shown instead. Whoever
 * writes sequences of their own (bars, colours) writes to `direct`, and passes everything else through `visible`.
 */
export class Gate {
  readonly direct: TextStream;

  constructor(stream: TextStream) {
    this.direct = stream;
  }

  write(text: string): void {
    this.direct.write(visible(text));
  }

  get isTTY(): boolean {
    return this.direct.isTTY === true;
  }

  /** Characters in a row. Pseudo-terminals of CI and remote shells say 0. */
  get columns(): number {
    return this.direct.columns || 80;
  }

  get rows(): number {
    return this.direct.rows || 24;
  }
}
