import { classSums, type Labelled, type LayerPredictor } from './features.ts';

export const NEAREST_CLASS_MEAN = {
  id: 'nearestClassMean',
  name: 'Nearest class mean',
  what: 'top-1 of the nearest mean in the layer',
  digits: 3,
  measure: ({ train, heldOut }) => nearestClassMean(train, heldOut),
} as const satisfies LayerPredictor;

/**
 * Top-1 accuracy of the nearest class mean (Mensink, Verbeek, Perronnin and Csurka 2013, section 3; with Euclidean
 * distance) on the held-out images, a fraction. The classifier knows only the mean of the training images of each
 * class.
 */
export function nearestClassMean(train: Labelled, heldOut: Labelled): number {
  const { columns } = train.features;
  const { sums, counts } = classSums(train.features, train.labels);
  const { rows, values } = heldOut.features;
  let correct = 0;
  for (let row = 0; row < rows; row++) {
    let [nearest, least] = [-1, Infinity];
    for (let label = 0; label < counts.length; label++) {
      if (counts[label] === 0) continue;
      let distance = 0;
      for (let column = 0; column < columns; column++)
        distance += (values[row * columns + column] - sums.get(label, column) / counts[label]) ** 2;
      if (distance < least) [nearest, least] = [label, distance];
    }
    if (nearest === heldOut.labels.values[row]) correct += 1;
  }
  return correct / rows;
}
