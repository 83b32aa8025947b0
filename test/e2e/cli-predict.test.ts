import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUntrainedStudy } from '../study/prediction/untrained-study.ts';
import { createTinyHome, tinyProtocol, type TinyHome } from '../study/tiny-study.ts';

const TRANSPLANT = fileURLToPath(new URL('../../src-main/cli/transplant.js', import.meta.url));

let tiny: TinyHome;
let study: string;
let without: string;
beforeAll(async () => {
  tiny = await createTinyHome();
  const protocol = tinyProtocol(tiny.index, { treatments: ['transfer'], layers: [1, 2] });
  ({ study } = await addUntrainedStudy(tiny, protocol, () => 0.75));
  const replicates = [{ splitSeed: 2, trainingSeed: 2 }];
  const selffer = tinyProtocol(tiny.index, { name: 'without', treatments: ['selffer'], replicates });
  ({ study: without } = await addUntrainedStudy(tiny, selffer, () => 0.75));
});
afterAll(() => tiny.dispose());

/** What the real program says, in a process of its own. */
const transplant = (...words: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [TRANSPLANT, ...words, '--home', tiny.home], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });

// Processes that load everything: seconds on a quiet machine, minutes on one that is busy with other things.
const patience = { timeout: 240_000 };

it('works predictors out, says how far it is and what they say, and knows them the next time', patience, async () => {
  const first = await transplant('study', 'predict', study);
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(/^\d+%: measuring layer 2$/m);
  // Two n are too few to be put in order.
  expect(first.stdout).toContain('AnB: the layers can’t be ranked, which takes at least three n with a result.');
  expect(first.stdout).toMatch(/^AnB, measured +top-1 on held-out images +0\.750 +0\.750$/m);
  expect(first.stdout).toMatch(/^Linear probe +not defined +–/m);

  const again = await transplant('study', 'predict', study, '--json');
  expect(again).toMatchObject({ code: 0, stderr: '' });
  const [line, ...more] = again.stdout.trimEnd().split('\n');
  expect(more).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({
    type: 'prediction',
    study,
    transfers: 1,
    measured: 1,
    waiting: 0,
    problems: [],
  });
});

it('says in a sentence what there is nothing to predict of', patience, async () => {
  expect(await transplant('study', 'predict', without)).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'There is nothing to predict here: this study has no transfer (AnB or AnB+) from a base that it trained itself. Run one with --treatments AnB and without a pretrained file.\n',
  });
  expect(await transplant('study', 'predict', 'nothing')).toMatchObject({ code: 2, stdout: '' });
});
