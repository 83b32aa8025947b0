/** Writes to the store until its drive is full; says what it was told then and how many points were committed. */
import { messageOf } from '../../../src-main/errors.ts';
import { openStore } from '../../../src-main/store/open.ts';
import { placed, point, study } from '../examples.ts';

const store = openStore(process.argv[2]);
store.addStudy(study('s1'), [placed('k1', 'baseA')]);
let committed = 0;
let message = '';
while (message === '') {
  try {
    store.addCurvePoints(
      'k1',
      Array.from({ length: 10 }, (_, i) => point(committed + i + 1)),
    );
    committed += 10;
  } catch (error) {
    message = messageOf(error);
  }
}
process.stdout.write(JSON.stringify({ message, committed: store.curve('k1').length, counted: committed }));
store.close();
