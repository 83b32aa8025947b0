import { openStore } from '../../../src-main/store/open.ts';

/** Opens a store to write in it and says what stands in its way. */
try {
  openStore(process.argv[2]).close();
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
