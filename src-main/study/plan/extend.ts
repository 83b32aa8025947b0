import type { Protocol } from './protocol.ts';

type Replicate = Protocol['replicates'][number];

/** Trainings and splits of a protocol as one looks at its results: for the tests of a study that goes on until it is clear. */
export type Looks = NonNullable<Protocol['looks']>;

/**
 * The same study with so many further replicates, which every run of the smaller one is part of: nothing is trained twice. A
 * further replicate is the next seed, of splits and trainings both; where every split has several seeds, it is the next split
 * with all of them, because splits are what differs. The result is what the larger study would be if asked for at once.
 */
export function extended(protocol: Protocol, more: number): Protocol {
  let { replicates } = protocol;
  for (let added = 0; added < more; added++) replicates = [...replicates, ...further(replicates)];
  return { ...protocol, replicates: [...replicates] };
}

/** What one further replicate adds. */
export function further(replicates: readonly Replicate[]): Replicate[] {
  const splitSeed = 1 + Math.max(...replicates.map((replicate) => replicate.splitSeed));
  const seeds = [...new Set(replicates.map(({ trainingSeed }) => trainingSeed))];
  const isCrossed = replicates.length > seeds.length;
  return isCrossed
    ? seeds.map((trainingSeed) => ({ splitSeed, trainingSeed }))
    : [{ splitSeed, trainingSeed: 1 + Math.max(...seeds) }];
}
