import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../store/temporary-folder.ts';

const SCRIPT = `
  import { openApplication } from ${JSON.stringify(join(import.meta.dirname, '../../src-main/app/open.ts'))};
  const application = openApplication({ home: process.argv[1] });
  process.report.excludeNetwork = true;
  console.log(JSON.stringify(process.report.getReport().sharedObjects));
  application.close();`;

test('the process that holds the home open loads no native library but the database', () => {
  const words = ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', SCRIPT];
  const loaded = execFileSync(process.execPath, [...words, temporaryFolder()], { encoding: 'utf8' });
  const addons = (JSON.parse(loaded) as string[]).filter((file) => file.endsWith('.node'));
  expect(addons).toEqual([expect.stringContaining('better')]);
});
