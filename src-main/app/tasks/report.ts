import { join } from 'node:path';
import type { ExportProgress } from '../../common/contract/studies.ts';
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

interface ReportWatch {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ExportProgress) => void;
}

/** Writes a study's report from what is stored now, also while another process is working there. Returns the paths. */
export async function writeStoredReport(
  task: ReportTask,
  { signal, onProgress = () => {} }: ReportWatch,
): Promise<string[]> {
  const { folder } = task;
  return readHome(task.home, async (opened) => {
    const { home, store } = opened;
    const { study, protocol, index, record } = findStoredStudy(opened, task.study);
    const [leaks] = record ? leakNote(join(home, 'data', record.folder), index) : [];
    onProgress({ fraction: 0, doing: 'reading the results' });
    const report = await collectReport(store, home, study, protocol, index, (banks) => {
      onProgress({ fraction: 0.05, doing: 'fitting functions to the filters' });
      return fitAhead(home, banks, { signal });
    });
    if (task.layers) onProgress({ fraction: 0.25, doing: 'searching for what excites the layers' });
    const layers = task.layers ? await layersForReport(opened, study.id, signal) : undefined;
    return await writeReport({ ...report, layers, leaks }, folder, {
      searchOf: (owner) => cachedSearch(home, owner),
      onProgress: (part) => onProgress({ fraction: 0.4 + 0.6 * part, doing: 'drawing the figures' }),
    });
  });
}
