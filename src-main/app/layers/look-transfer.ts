import type { LookSection } from '../../common/results/look-section.ts';
import { lookSentence, lookTransfer } from '../../study/analysis/look-transfer.ts';
import { analyse } from '../../study/analysis/analysis.ts';
import { collectReport } from '../../study/analysis/collect-report.ts';
import { analyseFirstLayers } from '../../study/analysis/first-layer.ts';
import { cachedSearch } from '../../filters/fit/fit-cache.ts';
import { readHome } from '../opened-home.ts';
import { findStoredStudy } from '../stored/study.ts';
import { fitAhead } from '../tasks/fit-ahead.ts';

/**
 * Whether the look of a study's layers goes with what their transfer costs, as its report says it, from the weights of the bases. Null
 * where no layer has AnB, BnB and a look. Takes seconds unless the fits are cached. Throws a UserError for an unknown study, and Cancelled.
 */
export function storedLookTransfer(
  { home: path, study: reference }: { readonly home: string; readonly study: string },
  signal: AbortSignal,
): Promise<LookSection | null> {
  return readHome(path, async (opened) => {
    const { home, store } = opened;
    const { study, protocol, index } = findStoredStudy(opened, reference);
    const report = await collectReport(store, home, study, protocol, index, (banks) =>
      fitAhead(home, banks, { signal }),
    );
    const firstLayers = analyseFirstLayers(report.filters, (owner) => cachedSearch(home, owner));
    const look = lookTransfer(report, analyse(report).results, firstLayers);
    return look ? { sentence: lookSentence(look), panels: look.panels, tables: look.tables } : null;
  });
}
