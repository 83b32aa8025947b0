import { join } from 'node:path';
import { leakNote } from '../../data/health/health.ts';
import { cachedSearch } from '../../filters/fit/fit-cache.ts';
import { writeReport } from '../../study/report/write.ts';
import { collectReport } from '../../study/analysis/collect-report.ts';
import { layersForReport } from '../layers/for-report.ts';
import { readHome } from '../opened-home.ts';
import { findStoredStudy } from '../stored/study.ts';
import { fitAhead } from './fit-ahead.ts';

interface ReportTask {
  readonly home: string;
  readonly study: string;
  readonly folder: string;
  /** Whether to add the images that excite the units of some networks, layer by layer. */
  readonly layers?: boolean;
}

/** Writes a study's report from what is stored now, also while another process is working there. Returns the paths. */
export async function writeStoredReport(task: ReportTask, signal: AbortSignal): Promise<string[]> {
  const { folder } = task;
  return readHome(task.home, async (opened) => {
    const { home, store } = opened;
    const { study, protocol, index, record } = findStoredStudy(opened, task.study);
    const [leaks] = record ? leakNote(join(home, 'data', record.folder), index) : [];
    const report = await collectReport(store, home, study, protocol, index);
    const layers = task.layers ? await layersForReport(opened, study.id, signal) : undefined;
    await fitAhead(home, report.filters, { signal });
    return await writeReport({ ...report, layers, leaks }, folder, { searchOf: (owner) => cachedSearch(home, owner) });
  });
}
