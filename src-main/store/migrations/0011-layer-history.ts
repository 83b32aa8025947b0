/** Adds numbers about every layer of a base while it learns. */
export const sql = `
CREATE TABLE layerQualities (
  run TEXT NOT NULL REFERENCES runs (key),
  step INTEGER NOT NULL CHECK (step >= 0),
  -- JSON: [{n, sparsity, orthogonality}].
  layers TEXT NOT NULL,
  checksum INTEGER,
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;
`;
