import { RandomStream } from '../random.ts';
import type { Features } from './features.ts';

export interface MixtureOptions {
  readonly components: number;
  /** Names the random stream that draws the starting centres. */
  readonly seed: string;
}

const MOST_ROUNDS = 30;
/** The iteration ends when the mean log likelihood grows by less than this, in nats. */
const TOLERANCE = 1e-3;
/** This fraction of the mean variance is added to every variance, so that a component of one image stays a density. */
const LEAST_VARIANCE = 1e-3;

/**
 * The probability of each component of a mixture of Gaussians for each image, [N, components]; rows sum to 1.
 * Covariances are diagonal, which suits principal components. Fitted by expectation maximisation (Dempster, Laird and
 * Rubin 1977) from centres drawn as in k-means++ (Arthur and Vassilvitskii 2007).
 */
export function mixtureMemberships(features: Features, { components, seed }: MixtureOptions): Features {
  const { rows, columns, values } = features;
  const least = LEAST_VARIANCE * meanVariance(features) || Number.MIN_VALUE;
  let mixture = startingMixture(features, components, least, new RandomStream(seed, 'gaussian-mixture'));
  let before = -Infinity;
  for (let round = 0; ; round++) {
    const { memberships, likelihood } = expectation(features, mixture);
    if (round === MOST_ROUNDS || likelihood - before < TOLERANCE)
      return { rows, columns: components, values: memberships };
    before = likelihood;
    mixture = maximisation({ rows, columns, values }, memberships, components, least);
  }
}

interface Mixture {
  /** [components] */
  readonly logWeights: Float64Array;
  /** [components, columns] */
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

function meanVariance({ rows, columns, values }: Features): number {
  let total = 0;
  for (let column = 0; column < columns; column++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns + column];
      sum += value;
      squares += value * value;
    }
    total += squares / rows - (sum / rows) ** 2;
  }
  return Math.max(0, total / columns);
}

/**
 * The mixture to start from. Centres are images, each drawn with a probability in proportion to its squared distance
 * from the centres before it. All components have the same variance.
 */
function startingMixture(features: Features, components: number, least: number, random: RandomStream): Mixture {
  const { rows, columns, values } = features;
  const means = new Float64Array(components * columns);
  const nearest = new Float64Array(rows).fill(Infinity);
  let chosen = random.integer(rows);
  for (let component = 0; component < components; component++) {
    const centre = values.subarray(chosen * columns, (chosen + 1) * columns);
    means.set(centre, component * columns);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      let distance = 0;
      for (let column = 0; column < columns; column++)
        distance += (values[row * columns + column] - centre[column]) ** 2;
      nearest[row] = Math.min(nearest[row], distance);
      total += nearest[row];
    }
    let left = random.uniform() * total;
    chosen = nearest.findIndex((distance) => (left -= distance) < 0);
    if (chosen < 0) chosen = random.integer(rows);
  }
  const wide = nearest.reduce((sum, distance) => sum + distance, 0) / rows / columns;
  return {
    logWeights: new Float64Array(components).fill(-Math.log(components)),
    means,
    variances: new Float64Array(means.length).fill(wide + least),
  };
}

function expectation({ rows, columns, values }: Features, { logWeights, means, variances }: Mixture) {
  const components = logWeights.length;
  const precisions = variances.map((variance) => 1 / variance);
  const constants = logWeights.map((weight, component) => {
    let logs = 0;
    for (let column = 0; column < columns; column++)
      logs += Math.log(2 * Math.PI * variances[component * columns + column]);
    return weight - logs / 2;
  });
  const memberships = new Float64Array(rows * components);
  let likelihood = 0;
  for (let row = 0; row < rows; row++) {
    const densities = memberships.subarray(row * components, (row + 1) * components);
    let highest = -Infinity;
    for (let component = 0; component < components; component++) {
      let distance = 0;
      for (let column = 0; column < columns; column++) {
        const place = component * columns + column;
        distance += (values[row * columns + column] - means[place]) ** 2 * precisions[place];
      }
      densities[component] = constants[component] - distance / 2;
      highest = Math.max(highest, densities[component]);
    }
    let total = 0;
    for (let component = 0; component < components; component++)
      total += densities[component] = Math.exp(densities[component] - highest);
    for (let component = 0; component < components; component++) densities[component] /= total;
    likelihood += highest + Math.log(total);
  }
  return { memberships, likelihood: likelihood / rows };
}

function maximisation(
  { rows, columns, values }: Features,
  memberships: Float64Array,
  components: number,
  least: number,
) {
  const weights = new Float64Array(components);
  const means = new Float64Array(components * columns);
  const variances = new Float64Array(components * columns);
  for (let row = 0; row < rows; row++)
    for (let component = 0; component < components; component++) {
      const part = memberships[row * components + component];
      if (part < 1e-12) continue;
      weights[component] += part;
      for (let column = 0; column < columns; column++) {
        const value = values[row * columns + column];
        means[component * columns + column] += part * value;
        variances[component * columns + column] += part * value * value;
      }
    }
  for (let place = 0; place < means.length; place++) {
    // A component that no image belongs to any more gets a mean of 0 and the least variance.
    const weight = Math.max(weights[Math.floor(place / columns)], Number.MIN_VALUE);
    means[place] /= weight;
    variances[place] = Math.max(0, variances[place] / weight - means[place] ** 2) + least;
  }
  const logWeights = weights.map((weight) => Math.log(Math.max(weight, Number.MIN_VALUE) / rows));
  return { logWeights, means, variances };
}
