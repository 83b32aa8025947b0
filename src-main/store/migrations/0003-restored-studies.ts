/** Adds, for studies from files, where they were trained and what is known about images that may never have been here. */
export const sql = `
-- By the id of the image set; a row of imageSets of the same id says that the images are here, and counts.
CREATE TABLE knownImages (
  id TEXT NOT NULL PRIMARY KEY,
  -- JSON: index.json of the set without its shards.
  facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE studyOrigins (
  study TEXT NOT NULL PRIMARY KEY REFERENCES studies (id),
  -- JSON: the machine and the software that trained it.
  facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
