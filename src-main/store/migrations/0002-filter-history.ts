/** Adds the history of first-layer filters, and what the window remembers. */
export const sql = `
-- With a rowid, unlike the other series: weights are large, and steps are listed from the index alone.
CREATE TABLE snapshots (
  run TEXT NOT NULL REFERENCES runs (key),
  step INTEGER NOT NULL CHECK (step >= 0),
  -- JSON: [filters, channels, rows, columns].
  shape TEXT NOT NULL,
  -- float32, little-endian, row-major.
  weights BLOB NOT NULL,
  PRIMARY KEY (run, step)
) STRICT;

CREATE TABLE settings (
  key TEXT NOT NULL PRIMARY KEY,
  -- JSON.
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
