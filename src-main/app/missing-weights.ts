import { UserError } from '../errors.ts';

/** A training is finished, and its weights are elsewhere. @param label how sentences call the training */
export const missingWeights = (label: string): UserError =>
  new UserError(
    `The weights of ${label} are not here: its study came as a file without them. Pack it again with the weights of all networks, where it was trained.`,
  );
