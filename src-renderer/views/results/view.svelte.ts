import type { EffectName } from '../../../src-main/common/results/effects.ts';
import { MAIN_EFFECTS } from '../../../src-main/common/charts/effects-chart.ts';
import type { Kind } from '../../../src-main/common/charts/look.ts';
import type { OverlayMeasure } from '../../../src-main/common/charts/overlay-chart.ts';
import { session } from '../../state/session.svelte.ts';

interface ViewContent {
  /** Treatments that are switched off in the curves. */
  hidden: Kind[];
  measure: OverlayMeasure;
  effects: EffectName[];
  /** What a saved figure stands on. */
  background: 'white' | 'screen';
}

const KEY = 'results-view';
/** Overlaid studies, the first included: there are as many line styles. */
export const MOST_STUDIES = 5;

/** How a person looks at results: what is switched on stays so, whichever study is shown, also after a restart. */
class View {
  content = $state<ViewContent>({ hidden: [], measure: 'accuracy', effects: [...MAIN_EFFECTS], background: 'white' });
  /** Ids of the studies that are laid over the one that is shown. For as long as the page is open. */
  overlaid = $state<string[]>([]);
  /** Id of the study that is shown beside the one that is looked at. For as long as the page is open. */
  beside = $state<string>();
  #loaded = false;

  async load(): Promise<void> {
    if (this.#loaded) return;
    const text = await session.api.home.remembered({ key: KEY });
    if (text !== null) this.content = { ...this.content, ...(JSON.parse(text) as Partial<ViewContent>) };
    this.#loaded = true;
  }

  change(changes: Partial<ViewContent>): void {
    this.content = { ...this.content, ...changes };
    this.#loaded = true;
    void session.api.home.remember({ key: KEY, value: JSON.stringify(this.content) }).catch(() => {});
  }

  toggleKind(kind: Kind): void {
    this.change({ hidden: toggled(this.content.hidden, kind) });
  }

  toggleEffect(effect: EffectName): void {
    this.change({ effects: toggled(this.content.effects, effect) });
  }

  toggleOverlay(study: string): void {
    this.overlaid = toggled(this.overlaid, study);
  }
}

const toggled = <T>(list: readonly T[], item: T): T[] =>
  list.includes(item) ? list.filter((other) => other !== item) : [...list, item];

export const view = new View();
