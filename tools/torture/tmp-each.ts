import { mkdtempSync, rmSync } from 'node:fs';
import { Readers } from './files.ts';
import { hostileFiles } from './hostile.ts';
import { studyEntries } from './originals.ts';
const hostile = await hostileFiles(await studyEntries());
const only = process.argv[2];
for (const one of hostile) {
  if (only && !one.name.includes(only)) continue;
  const readers = new Readers([], hostile);
  const folder = mkdtempSync('/tmp/a22-each-');
  const t = performance.now();
  const bytes = (await one.make(one.most)).length;
  const made = performance.now();
  const v = await readers.flood(one, one.most, folder);
  console.log(one.name, bytes, 'make', Math.round(made - t), 'read', Math.round(performance.now() - made), v.outcome, (v.found ?? '').slice(0, 300));
  await readers.close();
  rmSync(folder, { recursive: true });
}
