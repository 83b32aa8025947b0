import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../store/temporary-folder.ts';

const SESSION = JSON.stringify(join(import.meta.dirname, '../../src-main/engine/onnx/session.ts'));
const SCRIPT = `
  import { createSession } from ${SESSION};
  // It can't be loaded, but by then onnxruntime has started all that it starts.
  await createSession({ serialise: () => new Uint8Array(1) }, 1).catch(() => {});`;

test('onnxruntime keeps no telemetry: nothing of it is in the folder of the user', () => {
  const user = temporaryFolder();
  const { PATH } = process.env;
  execFileSync(
    process.execPath,
    ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', SCRIPT],
    { env: { PATH, HOME: user, XDG_CACHE_HOME: join(user, 'cache'), LOCALAPPDATA: user }, stdio: 'pipe' },
  );
  expect(readdirSync(user)).toEqual([]);
});
