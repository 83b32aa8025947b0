import type { Features } from './features.ts';
import { hScore } from './h-score.ts';
import { linearCka } from './linear-cka.ts';
import { linearProbe } from './linear-probe.ts';
import { logMe } from './log-me.ts';
import { nLeep } from './n-leep.ts';
import { nearestClassMean, type Labelled } from './nearest-class-mean.ts';
import { svcca } from './svcca.ts';

/** The measures of one layer. */
export const LAYER_MEASURES = ['logMe', 'nLeep', 'hScore', 'linearProbe', 'nearestClassMean', 'cka', 'svcca'] as const;
export type LayerMeasure = (typeof LAYER_MEASURES)[number];

/** What the measures of a layer are computed from. */
export interface LayerMaterial {
  /** The source network's layer on the target's images. */
  readonly train: Labelled;
  readonly heldOut: Labelled;
  /** The same layer of the target's own base on the same training images. */
  readonly own: Features;
  /** Names the random streams. */
  readonly seed: string;
}

/** The function of each measure. It returns undefined if the measure is not defined on these images. */
export const MEASURES: Readonly<Record<LayerMeasure, (material: LayerMaterial) => number | undefined>> = {
  logMe: ({ train }) => logMe(train.features, train.labels),
  nLeep: ({ train, seed }) => nLeep(train.features, train.labels, seed),
  hScore: ({ train }) => hScore(train.features, train.labels),
  linearProbe: ({ train, heldOut }) => linearProbe(train, heldOut),
  nearestClassMean: ({ train, heldOut }) => nearestClassMean(train, heldOut),
  cka: ({ train, own }) => linearCka(train.features, own),
  svcca: ({ train, own }) => svcca(train.features, own),
};
