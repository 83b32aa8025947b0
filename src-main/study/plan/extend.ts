import type { Protocol } from './protocol.ts';

type Replicate = Protocol['replicates'][number];

/** Trainings and splits of a protocol as one looks at its results: for the tests of a study that goes on until it is clear. */
export type Looks = NonNullable<Protocol['looks']>;

/**
 * The same study with so many further replicates, which every run of the smaller one is part of: nothing is trained twice. A
 * further replicate is the next seed, of splits and trainings both; where every split has several seeds, it is the next split
 * with all of them, because splits are what differs. The result is what the larger study would be if asked for at once; of a study
 * that went on until it was clear, the larger one's results are looked at once more.
 */
export function extended(protocol: Protocol, more: number): Protocol {
  let { replicates } = protocol;
  for (let added = 0; added < more; added++) replicates = [...replicates, ...further(replicates)];
  const looks = protocol.looks && looksOnceMore(protocol.looks, replicates.length);
  return { ...protocol, ...(looks && { looks }), replicates: [...replicates] };
}

/** Looks of which the last is at so many replicates. */
export const looksOnceMore = ({ at, most }: Looks, replicates: number): Looks => ({
  at: [...at, replicates],
  most: Math.max(most, replicates),
});

/** What one further replicate adds. */
export function further(replicates: readonly Replicate[]): Replicate[] {
  const splitSeed = 1 + Math.max(...replicates.map((replicate) => replicate.splitSeed));
  const seeds = [...new Set(replicates.map(({ trainingSeed }) => trainingSeed))];
  const isCrossed = replicates.length > seeds.length;
  return isCrossed
    ? seeds.map((trainingSeed) => ({ splitSeed, trainingSeed }))
    : [{ splitSeed, trainingSeed: 1 + Math.max(...seeds) }];
}
