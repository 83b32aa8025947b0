import type { LayerPredictor, Predictor } from './features.ts';
import { H_SCORE } from './h-score.ts';
import { LEEP } from './leep.ts';
import { CKA } from './linear-cka.ts';
import { LINEAR_PROBE } from './linear-probe.ts';
import { LOG_ME } from './log-me.ts';
import { N_LEEP } from './n-leep.ts';
import { NEAREST_CLASS_MEAN } from './nearest-class-mean.ts';
import { SVCCA } from './svcca.ts';

/** What is measured on one layer, in the order in which it is shown. */
export const LAYER_PREDICTORS = [LINEAR_PROBE, NEAREST_CLASS_MEAN, LOG_ME, H_SCORE, N_LEEP, CKA, SVCCA] as const;
export type LayerMeasure = (typeof LAYER_PREDICTORS)[number]['id'];
export const LAYER_MEASURES = LAYER_PREDICTORS.map(({ id }) => id) as readonly LayerMeasure[];

/** Those of a quick look: a network trained on the target isn't needed for them, and the probe stands by itself there. */
export const QUICK_MEASURES = LAYER_PREDICTORS.filter((one) => !('needsOwnBase' in one) && one.id !== 'linearProbe');

/** No measure of anything: what one would say who has only counted layers. */
const DEPTH = { id: 'depth', name: 'Depth alone', what: 'minus n', digits: 0 } as const satisfies Predictor;

export type PredictorId = LayerMeasure | typeof LEEP.id | typeof DEPTH.id;

const named = (predictor: LayerPredictor) =>
  predictor.needsOwnBase ? { ...predictor, name: `${predictor.name} with own base` } : predictor;

/** All of them, as tables and charts name them. */
export const PREDICTORS = [...LAYER_PREDICTORS.map(named), LEEP, DEPTH] as readonly (Predictor & {
  readonly id: PredictorId;
})[];
