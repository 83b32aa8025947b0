import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { commandReference } from './command-reference.ts';

/** `npm run docs`: writes what the manual has from the program itself; with `--pictures` its screenshots, too. */

const FILE = join(import.meta.dirname, '..', 'docs', 'command-line.md');

writeFileSync(FILE, await format(await commandReference(), { ...(await resolveConfig(FILE)), filepath: FILE }));
if (process.argv.includes('--pictures')) await import('./screenshots.ts');
