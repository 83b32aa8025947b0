/** Adds what cheap predictors say about a transfer. */
export const sql = `
-- By the two bases whose weights it comes from: it is the same in every study that has them.
CREATE TABLE predictions (
  source TEXT NOT NULL REFERENCES runs (key),
  own TEXT NOT NULL REFERENCES runs (key),
  -- JSON (study/prediction/transfer-prediction.ts).
  facts TEXT NOT NULL,
  PRIMARY KEY (source, own)
) STRICT, WITHOUT ROWID;

CREATE INDEX predictionsByOwn ON predictions (own);
`;
