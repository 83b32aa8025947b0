/** Adds what a person has written beside a study: no part of its protocol, its id or its numbers. */
export const sql = `
CREATE TABLE annotations (
  study TEXT PRIMARY KEY REFERENCES studies (id) ON DELETE CASCADE,
  notes TEXT NOT NULL,
  -- JSON: a list of words.
  tags TEXT NOT NULL,
  archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
  checksum INTEGER
) STRICT, WITHOUT ROWID;
`;
