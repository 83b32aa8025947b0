/** Adds where a training was done, for those that were done on a cluster. */
export const sql = `
CREATE TABLE places (
  run TEXT PRIMARY KEY REFERENCES runs (key) ON DELETE CASCADE,
  -- JSON (cluster/spool/result-file.ts).
  facts TEXT NOT NULL,
  checksum INTEGER
) STRICT, WITHOUT ROWID;
`;
