import { writeCheckpoint } from '../../src-main/store/checkpoints.ts';

// Run by the checkpoint tests in a process of its own, whose files are limited in size.
const weights = new Map([['w', { shape: [1_000_000], data: new Float32Array(1_000_000) }]]);
await writeCheckpoint(process.argv[2]!, 2, { weights, momentum: new Map(), metadata: {} }).catch((error: unknown) =>
  process.stdout.write(String(error)),
);
