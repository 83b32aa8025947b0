/** Adds a checksum to every row: the CRC-32 of its values (checksum.ts), which says whether they are what was written. */
export const sql = `
ALTER TABLE imageSets ADD COLUMN checksum INTEGER;
UPDATE imageSets SET
  checksum = crc32(id, name, size, classes, trainImages, heldOutImages, folder, source, created);

ALTER TABLE studies ADD COLUMN checksum INTEGER;
UPDATE studies SET checksum = crc32(id, name, protocol, status, created, finished, seconds);

ALTER TABLE runs ADD COLUMN checksum INTEGER;
UPDATE runs SET
  checksum = crc32(key, identity, seed, status, steps, step, correct, total, loss, error, engineVersion, threads,
    started, finished, seconds, timing, attempts);

ALTER TABLE studyRuns ADD COLUMN checksum INTEGER;
UPDATE studyRuns SET checksum = crc32(study, position, run, replicate, name, kind, n, target);

ALTER TABLE checkpoints ADD COLUMN checksum INTEGER;
UPDATE checkpoints SET checksum = crc32(run, step, file, sha256, bytes, final);

ALTER TABLE curvePoints ADD COLUMN checksum INTEGER;
UPDATE curvePoints SET checksum = crc32(run, step, loss, accuracy, learningRate);

ALTER TABLE evaluations ADD COLUMN checksum INTEGER;
UPDATE evaluations SET checksum = crc32(run, step, loss, correct, total);

ALTER TABLE snapshots ADD COLUMN checksum INTEGER;
UPDATE snapshots SET checksum = crc32(run, step, shape, weights);

ALTER TABLE settings ADD COLUMN checksum INTEGER;
UPDATE settings SET checksum = crc32(key, value);

ALTER TABLE knownImages ADD COLUMN checksum INTEGER;
UPDATE knownImages SET checksum = crc32(id, facts);

ALTER TABLE studyOrigins ADD COLUMN checksum INTEGER;
UPDATE studyOrigins SET checksum = crc32(study, facts);

ALTER TABLE predictions ADD COLUMN checksum INTEGER;
UPDATE predictions SET checksum = crc32(source, own, facts);
`;
