import type { StudyPlan } from '../../common/contract/studies.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Plan } from '../../study/plan/plan.ts';
import { comesFromElsewhere, type Protocol } from '../../study/plan/protocol.ts';
import type { Store } from '../../store/records.ts';
import { countSplits } from '../../study/results/layout.ts';
import { measuredSpread } from '../../study/results/measured-spread.ts';
import { boostFound, resolutionOf } from '../../study/statements/resolution.ts';

/**
 * What a study can be expected to show: by the spread that a study of the home has had that is laid out like it, else by the one that
 * is assumed, and by the held-out images of half B in its first replicate.
 */
export function expectedResolution(
  store: Store,
  { replicates: [first] }: Plan,
  { classes, heldOutCounts }: Pick<ImageSetIndex, 'classes' | 'heldOutCounts'>,
  protocol: Protocol,
): StudyPlan['resolution'] {
  const images = first.split.b.reduce((sum, name) => sum + heldOutCounts[classes.indexOf(name)], 0);
  const replicates = protocol.replicates.length;
  const splits = countSplits(protocol);
  const layout = { splits, seeds: replicates / splits };
  const tested = splits > 1 && protocol.treatments.includes('transfer+') && !comesFromElsewhere(protocol);
  const measured = replicates > 1 ? measuredSpread(store, protocol) : undefined;
  const boost = tested ? boostFound(layout, images, protocol.layers.length, measured) : null;
  const boostMeasured = boost === null || measured?.boost !== undefined;
  const spreadOf = measured && boostMeasured ? { study: measured.study, units: measured.units } : null;
  return { points: resolutionOf(layout, images, spreadOf ? measured : undefined), images, replicates, boost, spreadOf };
}
