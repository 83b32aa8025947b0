/** Says how many points the store has. */
import { openStore } from '../../../src-main/store/open.ts';

const store = openStore(process.argv[2], { readOnly: true });
process.stdout.write(`${store.curve('k1').length}\n`);
store.close();
