import { withName } from '../../common/cuts.ts';
import { count, counted, inPercent, percent, percentRange } from '../../common/numbers.ts';
import type { LookedCut, QuickLook, ShownLook } from '../../common/results/quick-look.ts';
import { QUICK_MEASURES } from '../../predictors/predictors.ts';

/** What `relativeGradients` gives, in words. */
const RGN = {
  name: 'Auto-RGN',
  what: 'norm of the gradient over norm of the weights of layer n (Lee et al. 2023)',
} as const;

const GAP = '–';

/** A quick look in words, the same on the screen and in a terminal. */
export const shownLook = (look: QuickLook): ShownLook => ({
  look,
  advice: advice(look),
  how: `${count(look.images.train)} training images of ${counted(look.classes, 'class', 'classes')} were read at ${look.inputSize} x ${look.inputSize} pixels, and ${count(look.images.heldOut)} others to test on. Nothing was trained but a linear probe on each layer, on feature maps averaged to at most 512 values. Frozen layers up to a cut can be expected to reach about what its probe does; layers above it may learn more.`,
  table: {
    title: 'Cheap predictors at every cut',
    caption: `A probe’s interval (95%) is of the ${counted(look.images.heldOut, 'image')} that it was tested on. ${QUICK_MEASURES.map(({ name, what }) => `${name}: ${what}`).join('; ')}; ${RGN.name}: ${RGN.what}.`,
    head: ['n', 'cut after', 'probe, top-1 in %', '95% interval', ...QUICK_MEASURES.map(({ name }) => name), RGN.name],
    rows: look.cuts.map(({ n, name, probe, interval, measures, rgn }) => [
      String(n),
      name,
      inPercent(probe),
      percentRange(interval),
      ...QUICK_MEASURES.map(({ id, digits }) => measures[id]?.toFixed(digits).replace('-', '−') ?? GAP),
      rgn?.toPrecision(2) ?? GAP,
    ]),
    words: 2,
  },
});

/** `worth` is the best cut, the deepest that is not told apart from it, and one half as deep as the best. */
function advice({ cuts, worth }: QuickLook): string {
  const best = bestOf(cuts);
  const named = (n: number) =>
    withName(
      cuts.map(({ n, name }) => ({ n, name, level: 'block' })),
      n,
    );
  const measured = ({ probe, interval }: LookedCut) => `${percent(probe)} (${percentRange(interval)})`;
  const others = worth.filter((n) => n !== best.n).toReversed();
  const reasons = [best.n, ...others].map((n) => {
    const cut = cuts.find((one) => one.n === n)!;
    if (cut === best) return `${named(n)}, whose probe is the best with ${measured(cut)}`;
    if (n > best.n) return `${named(n)}, the deepest that is not told apart from it, with ${measured(cut)}`;
    return `${named(n)}, half as deep, with ${measured(cut)}: layers above a cut learn what a probe can’t`;
  });
  const which = worth.length === 1 ? 'One cut is' : `${worth.length === 2 ? 'Two' : 'Three'} cuts are`;
  return `${which} worth training: ${reasons.join('; ')}.`;
}

/** The first of equal ones, as there more is left to learn. */
const bestOf = (cuts: readonly LookedCut[]): LookedCut =>
  cuts.reduce((one, other) => (other.probe > one.probe ? other : one));
