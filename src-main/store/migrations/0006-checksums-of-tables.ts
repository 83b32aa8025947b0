/**
 * The checksum of a row counts the name of its table from here on (checksum.ts): rows of one form in a page that lies in
 * the place of another table's were right by themselves. A row that is damaged already stays so.
 */
export const sql = `
UPDATE imageSets SET checksum = crc32('imageSets', id, name, size, classes, trainImages, heldOutImages, folder, source, created)
  WHERE checksum = crc32(id, name, size, classes, trainImages, heldOutImages, folder, source, created);
UPDATE studies SET checksum = crc32('studies', id, name, protocol, status, created, finished, seconds)
  WHERE checksum = crc32(id, name, protocol, status, created, finished, seconds);
UPDATE runs SET checksum = crc32('runs', key, identity, seed, status, steps, step, correct, total, loss, error, engineVersion, threads, started, finished, seconds, timing, attempts)
  WHERE checksum = crc32(key, identity, seed, status, steps, step, correct, total, loss, error, engineVersion, threads, started, finished, seconds, timing, attempts);
UPDATE studyRuns SET checksum = crc32('studyRuns', study, position, run, replicate, name, kind, n, target)
  WHERE checksum = crc32(study, position, run, replicate, name, kind, n, target);
UPDATE checkpoints SET checksum = crc32('checkpoints', run, step, file, sha256, bytes, final)
  WHERE checksum = crc32(run, step, file, sha256, bytes, final);
UPDATE curvePoints SET checksum = crc32('curvePoints', run, step, loss, accuracy, learningRate)
  WHERE checksum = crc32(run, step, loss, accuracy, learningRate);
UPDATE evaluations SET checksum = crc32('evaluations', run, step, loss, correct, total)
  WHERE checksum = crc32(run, step, loss, correct, total);
UPDATE snapshots SET checksum = crc32('snapshots', run, step, shape, weights)
  WHERE checksum = crc32(run, step, shape, weights);
UPDATE settings SET checksum = crc32('settings', key, value)
  WHERE checksum = crc32(key, value);
UPDATE knownImages SET checksum = crc32('knownImages', id, facts)
  WHERE checksum = crc32(id, facts);
UPDATE studyOrigins SET checksum = crc32('studyOrigins', study, facts)
  WHERE checksum = crc32(study, facts);
UPDATE predictions SET checksum = crc32('predictions', source, own, facts)
  WHERE checksum = crc32(source, own, facts);
`;
