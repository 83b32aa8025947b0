/** Writes rounds to the store until it is killed; says each round's number once it is committed. */
import { writeSync } from 'node:fs';
import { openStore } from '../../../src-main/store/open.ts';
import { placed, point, study } from '../examples.ts';

const store = openStore(process.argv[2]);
store.addStudy(study('s1'), [placed('k1', 'baseA')]);
store.updateRun('k1', { status: 'running' });
for (let round = 1; ; round++) {
  store.addCurvePoints(
    'k1',
    [0, 1, 2, 3].map((i) => point(round * 4 + i)),
  );
  const file = `checkpoints/k1/step-${round}.safetensors`;
  store.addCheckpoint({ run: 'k1', step: round, file, sha256: 'x'.repeat(64), bytes: 1, final: false });
  writeSync(1, `${round}\n`);
}
