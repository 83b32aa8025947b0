/** Answers each line of its input with what it reads in the store, without writing. */
import { createInterface } from 'node:readline';
import { openStore } from '../../../src-main/store/open.ts';

const store = openStore(process.argv[2], { readOnly: true });
for await (const _ of createInterface({ input: process.stdin })) {
  const answer = { steps: store.findRun('k1')?.step, points: store.curve('k1').length };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
store.close();
