import type { LayerMeasure } from '../../predictors/measures.ts';

/** `depth` is no measure of anything: what one would say who has only counted layers. */
export type PredictorId = LayerMeasure | 'leep' | 'depth';

export interface PredictorFacts {
  readonly id: PredictorId;
  readonly name: string;
  /** What it is, in a clause. */
  readonly what: string;
  /** Digits behind the point. */
  readonly digits: number;
}

/** In the order in which they are shown. All are meant to be larger where features transfer better. */
export const PREDICTORS: readonly PredictorFacts[] = [
  {
    id: 'linearProbe',
    name: 'Linear probe',
    what: 'top-1 of logistic regression on the layer (Alain and Bengio 2016)',
    digits: 3,
  },
  { id: 'nearestClassMean', name: 'Nearest class mean', what: 'top-1 of the nearest mean in the layer', digits: 3 },
  { id: 'logMe', name: 'LogME', what: 'evidence of linear regression to the labels (You et al. 2021)', digits: 3 },
  {
    id: 'hScore',
    name: 'H-score',
    what: 'variance between classes against all, shrunk (Bao et al. 2019; Ibrahim et al. 2022)',
    digits: 2,
  },
  { id: 'nLeep', name: 'N-LEEP', what: 'LEEP with clusters of the layer (Li et al. 2021)', digits: 3 },
  { id: 'cka', name: 'CKA with own base', what: 'linear CKA of both bases (Nguyen et al. 2021)', digits: 3 },
  {
    id: 'svcca',
    name: 'SVCCA with own base',
    what: 'mean canonical correlation of both bases (Raghu et al. 2017)',
    digits: 3,
  },
  {
    id: 'leep',
    name: 'LEEP',
    what: 'source classes to labels, of the whole network: the same at every n (Nguyen et al. 2020)',
    digits: 3,
  },
  {
    id: 'depth',
    name: 'Depth alone',
    what: 'minus n',
    digits: 0,
  },
];
