/** The first version of the store. Columns are named as in records.ts, so that a row is a record. */
export const sql = `
CREATE TABLE imageSets (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size > 0),
  classes INTEGER NOT NULL CHECK (classes >= 0),
  trainImages INTEGER NOT NULL CHECK (trainImages >= 0),
  heldOutImages INTEGER NOT NULL CHECK (heldOutImages >= 0),
  folder TEXT NOT NULL,
  source TEXT NOT NULL,
  created TEXT NOT NULL
) STRICT;

CREATE TABLE studies (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  protocol TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'stopped', 'finished', 'failed')),
  created TEXT NOT NULL,
  finished TEXT,
  seconds REAL NOT NULL CHECK (seconds >= 0)
) STRICT;

CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  identity TEXT NOT NULL,
  seed TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('planned', 'running', 'stopped', 'finished', 'failed')),
  steps INTEGER NOT NULL CHECK (steps >= 0),
  step INTEGER NOT NULL CHECK (step >= 0),
  correct INTEGER CHECK (correct >= 0),
  total INTEGER CHECK (total >= correct),
  loss REAL,
  error TEXT,
  engineVersion TEXT,
  threads INTEGER,
  started TEXT,
  finished TEXT,
  seconds REAL NOT NULL CHECK (seconds >= 0),
  timing TEXT,
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  -- A finished run without its result would be a hole in every report.
  CHECK (status <> 'finished' OR (correct IS NOT NULL AND total IS NOT NULL))
) STRICT;

CREATE TABLE studyRuns (
  study TEXT NOT NULL REFERENCES studies (id),
  position INTEGER NOT NULL,
  run TEXT NOT NULL REFERENCES runs (key),
  replicate INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  n INTEGER NOT NULL,
  target TEXT NOT NULL CHECK (target IN ('A', 'B')),
  PRIMARY KEY (study, position),
  UNIQUE (study, replicate, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX studyRunsByRun ON studyRuns (run);

CREATE TABLE checkpoints (
  run TEXT NOT NULL REFERENCES runs (key),
  step INTEGER NOT NULL CHECK (step >= 0),
  file TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  final INTEGER NOT NULL CHECK (final IN (0, 1)),
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;

-- NULL in a REAL column stands for not a number, which SQLite does not store.
CREATE TABLE curvePoints (
  run TEXT NOT NULL REFERENCES runs (key),
  step INTEGER NOT NULL,
  loss REAL,
  accuracy REAL,
  learningRate REAL,
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  run TEXT NOT NULL REFERENCES runs (key),
  step INTEGER NOT NULL,
  loss REAL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;
`;
