/** Adds what was deleted and can be brought back: its rows and files stay where they are. */
export const sql = `
CREATE TABLE bin (
  kind TEXT NOT NULL CHECK (kind IN ('study', 'images')),
  id TEXT NOT NULL,
  -- ISO 8601, UTC. Empty: its files are being removed, which goes on at the next start where a process died meanwhile.
  deleted TEXT NOT NULL,
  checksum INTEGER,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
`;
