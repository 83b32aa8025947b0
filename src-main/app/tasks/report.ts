import { join } from 'node:path';
import { keptSearch } from '../../filters/fit/kept-search.ts';
import { openStore } from '../../store/open.ts';
import { writeReport } from '../../study/report/write.ts';
import { collectReport } from '../../study/results.ts';
import { findStoredStudy } from '../stored-study.ts';

/** Writes a study's report from what is stored now, beside the process that may be working there. Returns the paths. */
export async function writeStoredReport(task: { home: string; study: string; folder: string }): Promise<string[]> {
  const { home, folder } = task;
  const store = openStore(join(home, 'transplant.sqlite'), { readOnly: true });
  try {
    const { study, protocol, index } = findStoredStudy({ home, store }, task.study);
    const report = await collectReport(store, home, study, protocol, index);
    return await writeReport(report, folder, { searchOf: (owner) => keptSearch(home, owner) });
  } finally {
    store.close();
  }
}
