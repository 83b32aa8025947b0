import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { largestDifference, norm, samplePlaces, stepsOf, type Peer } from './peer.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
/** Of the largest change that the steps made to a value of the same tensor. */
const TOLERANCE = 1e-4;

const peers = readdirSync(FIXTURES).map((file) => {
  return [file.replace(/\.json$/, ''), JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as Peer] as const;
});

describe('steps of training come to what PyTorch comes to', () => {
  it.each(peers)('in %s', async (_family, peer) => {
    const { network, before, after, losses } = await stepsOf(peer);
    expect(largestDifference(losses, peer.losses)).toBeLessThan(TOLERANCE * peer.losses[0]);
    expect(network.parameters.map(({ name }) => name).toSorted()).toEqual(Object.keys(peer.after).toSorted());
    for (const { name, size } of network.parameters) {
      const [old, now, theirs] = [before.get(name)!.data, after.get(name)!.data, peer.after[name]];
      const samples = samplePlaces(size).map((place) => now[place]);
      expect(largestDifference(samples, theirs.values) / theirs.largest, name).toBeLessThan(TOLERANCE);
      const change = norm(now.map((value, i) => value - old[i]));
      expect(Math.abs(change / theirs.norm - 1), `norm of the change of ${name}`).toBeLessThan(TOLERANCE);
    }
  });
});
