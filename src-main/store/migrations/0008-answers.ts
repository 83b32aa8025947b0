/** Adds what a trained network says of each held-out image. */
export const sql = `
CREATE TABLE answers (
  run TEXT PRIMARY KEY REFERENCES runs (key),
  step INTEGER NOT NULL CHECK (step >= 0),
  images INTEGER NOT NULL CHECK (images > 0),
  -- The class of each image, and the one that the network gives it: uint8, or uint16, little-endian, where there are more.
  labels BLOB NOT NULL,
  answers BLOB NOT NULL,
  checksum INTEGER
) STRICT;
`;
