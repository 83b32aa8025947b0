export type ObstacleKind = 'diverged' | 'failed' | 'untrained' | 'no weights';

/** Why a transfer can't be measured: something about one of its two bases. */
export interface Obstacle {
  readonly why: ObstacleKind;
  /** `baseA` */
  readonly base: string;
  readonly replicate: number;
}

const SENTENCES: Readonly<Record<ObstacleKind, (bases: string, several: boolean) => string>> = {
  diverged: (bases, several) =>
    `${bases} ${several ? 'put' : 'puts'} out values that are not numbers: the training diverged, and nothing can be predicted from it. A new study with a lower learning rate mends that.`,
  failed: (bases) => `The training of ${bases} failed: try it again, then work out the predictors.`,
  untrained: (bases, several) =>
    `${bases} ${several ? 'are' : 'is'} not trained yet: predictors can be worked out once ${several ? 'they are' : 'it is'}.`,
  'no weights': (bases) =>
    `The weights of ${bases} are not here: the study came as a file without them. Where it was trained, have it packed with those of its bases (“study pack --checkpoints bases”).`,
};

/** One sentence for each kind of obstacle, which names the bases that it is about, each once. */
export const obstacleSentences = (obstacles: readonly Obstacle[]): string[] =>
  [...Map.groupBy(obstacles, ({ why }) => why)].map(([why, alike]) => {
    const bases = [...Map.groupBy(alike, ({ base }) => base)].map(([base, own]) => {
      const replicates = [...new Set(own.map(({ replicate }) => replicate + 1))];
      return `${base} of replicate${replicates.length > 1 ? 's' : ''} ${replicates.join(', ')}`;
    });
    return SENTENCES[why](bases.join(' and '), alike.length > 1);
  });
