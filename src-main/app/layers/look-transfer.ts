import type { TableFormat } from '../../common/choices.ts';
import type { LookSection } from '../../common/results/look-section.ts';
import { UserError } from '../../errors.ts';
import { lookSentence, lookTransfer } from '../../study/analysis/look-transfer.ts';
import { analyse } from '../../study/analysis/analysis.ts';
import { collectReport } from '../../study/analysis/collect-report.ts';
import { analyseFirstLayers } from '../../study/analysis/first-layer.ts';
import { dataTables } from '../../study/data-tables/all.ts';
import { LAYER_LOOKS } from '../../study/data-tables/features.ts';
import { csvOf, parquetOf } from '../../study/data-tables/formats.ts';
import { cachedSearch } from '../../filters/fit/fit-cache.ts';
import { readHome } from '../opened-home.ts';
import { findStoredStudy } from '../stored/study.ts';
import { fitAhead } from '../tasks/fit-ahead.ts';

/**
 * Whether the look of a study's layers goes with what their transfer costs, as its report says it, from the weights of the bases. Null
 * where no layer has AnB, BnB and a look. Takes seconds unless the fits are cached. Throws a UserError for an unknown study, and Cancelled.
 */
export async function storedLookTransfer(study: StoredReference, signal: AbortSignal): Promise<LookSection | null> {
  const { look } = await worked(study, signal);
  if (!look) return null;
  const { panels, overSteps, tables } = look;
  return { sentence: lookSentence(look), panels, overSteps, tables };
}

/** The same as the table `layer_looks`, as a file. Throws a UserError where there is nothing to tell, too. */
export async function storedLookTable(
  { format, ...study }: StoredReference & { readonly format: TableFormat },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { report, analysis, look } = await worked(study, signal);
  const table = dataTables(report, analysis, { looks: look }).find(({ name }) => name === LAYER_LOOKS.name);
  if (!table)
    throw new UserError(
      'No layer has AnB, BnB and a look, so there is no table of that: are the weights of both bases here?',
    );
  return format === 'csv' ? new TextEncoder().encode(csvOf(table)) : parquetOf(table);
}

interface StoredReference {
  readonly home: string;
  /** The study's id, its beginning, or its name. */
  readonly study: string;
}

function worked({ home: path, study: reference }: StoredReference, signal: AbortSignal) {
  return readHome(path, async (opened) => {
    const { home, store } = opened;
    const { study, protocol, index } = findStoredStudy(opened, reference);
    const report = await collectReport(store, home, study, protocol, index, (banks) =>
      fitAhead(home, banks, { signal }),
    );
    const firstLayers = analyseFirstLayers(report.filters, (owner) => cachedSearch(home, owner));
    const analysis = analyse(report);
    return { report, analysis, look: lookTransfer(report, analysis.results, firstLayers) };
  });
}
