import type { ReadablePoint } from '../../../src-main/common/charts/readable.ts';
import type { PredictionProgress } from '../../../src-main/common/contract/predictions.ts';
import type { QuickLook } from '../../../src-main/common/results/quick-look.ts';
import { LongTask } from '../../state/ask.svelte.ts';
import { lookText as text } from '../../text/look.ts';

/** The look that is under way, which goes on while another screen is shown. */
export const looking = new LongTask<PredictionProgress>();

/** The points of probe-chart. */
export const probePoints = ({ cuts, worth }: QuickLook): ReadablePoint[] =>
  cuts.map(({ n, name, probe, interval, rgn }) => ({
    x: n,
    y: 100 * probe,
    series: 'probe',
    title: text.cut(n, name),
    lines: text.measured(probe, interval, rgn, worth.includes(n)),
  }));
