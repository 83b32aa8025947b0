import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isPage } from '../../src-main/shell/address.ts';
import { parseCommandLine } from '../../src-main/shell/command-line.ts';

const PROGRAM = '/opt/transplant';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'words-'));
  writeFileSync(join(folder, 'birds.zip'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

it('takes the home folder and files of the folder that it was started in', () => {
  const file = join(folder, 'birds.zip');
  const words = ['--home', '/x', 'birds.zip', file, pathToFileURL(file).href];
  expect(parseCommandLine(words, folder, PROGRAM)).toEqual({ home: '/x', paths: [file, file, file] });
  expect(parseCommandLine(['--home=/x'], folder, PROGRAM)).toEqual({ home: '/x', paths: [] });
});

it('passes over flags of Chromium and of the system, words that are no file, and the program, wherever they stand', () => {
  const file = join(folder, 'birds.zip');
  const driven = ['--inspect=0', '--remote-debugging-port=0', `${folder}/`, '--disable-gpu', '--home', '/x', file];
  expect(parseCommandLine(driven, '/', folder)).toEqual({ home: '/x', paths: [file] });

  const words = ['--no-sandbox', '--enable-features=A,B', '-psn_0_12345', '--home', 'nothing.zip', 'nothing.zip'];
  expect(parseCommandLine(words, folder, PROGRAM)).toEqual({ home: 'nothing.zip', paths: [] });
  expect(parseCommandLine(['--home', 'file://elsewhere/x'], folder, PROGRAM).paths).toEqual([]);
  expect(parseCommandLine(['--home'], folder, PROGRAM)).toEqual({ home: undefined, paths: [] });
});

it('knows the page by its address', () => {
  for (const url of ['transplant://app/', 'transplant://app/?recovered=1', 'transplant://app/#/data'])
    expect(isPage(url), url).toBe(true);
  for (const url of [
    'transplant://other/',
    'transplant://app@other/',
    'transplant://app:8080/',
    'transplant://app/reports/0123456789ab/report.html',
    'https://app/',
    'file:///',
    'about:blank',
    'transplant:app',
    '',
  ])
    expect(isPage(url), url).toBe(false);
});
