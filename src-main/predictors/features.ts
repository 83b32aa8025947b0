import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** The features that a network computes from images: [rows, columns], row-major, one row per image. */
export interface Features {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
}

/** Labels 0..classes-1, one per row of the features. */
export interface Labels {
  readonly values: Int32Array;
  readonly classes: number;
}

/** Labelled features, [N, D]. */
export interface Labelled {
  readonly features: Features;
  readonly labels: Labels;
}

/** What a predictor may look at: one layer n on images of the target. */
export interface LayerMaterial {
  /** The source network's layer. */
  readonly train: Labelled;
  readonly heldOut: Labelled;
  /** The same layer of the target's own base, on the same training images. */
  readonly own: Features;
  /** Names random streams. */
  readonly seed: string;
}

/** A cheap number that claims to tell how well the first n layers transfer, larger where they do better. */
export interface Predictor {
  /** In stored predictions. */
  readonly id: string;
  readonly name: string;
  /** What it is, in a clause, with its paper. */
  readonly what: string;
  /** Digits behind the point. */
  readonly digits: number;
}

/** One that is measured layer by layer. */
export interface LayerPredictor extends Predictor {
  /** Whether it reads `own`, which takes a network that is trained on the target: not cheap. */
  readonly needsOwnBase?: true;
  /** Undefined: not defined on these images. */
  readonly measure: (material: LayerMaterial) => number | undefined;
}

/** Whether every value is finite; those of a network whose training diverged are not. */
export const areFinite = ({ values }: Features): boolean => values.every(Number.isFinite);

/** The mean of each column, [columns]. */
export function columnMeans({ rows, columns, values }: Features): Float64Array {
  const means = new Float64Array(columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) means[column] += values[row * columns + column];
  return means.map((sum) => sum / rows);
}

/** Subtracts a vector, the means of the columns unless given, from each row. */
export function centred(features: Features, means: Float64Array = columnMeans(features)): Features {
  const { rows, columns } = features;
  const values = Float64Array.from(features.values, (value, place) => value - means[place % columns]);
  return { rows, columns, values };
}

/** XᵀX, [columns, columns]. */
export function gram({ rows, columns, values }: Features): Matrix {
  const sums = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    for (let one = 0; one < columns; one++) {
      const value = values[start + one];
      // About half of the outputs of a ReLU are 0.
      if (value === 0) continue;
      for (let other = one; other < columns; other++) sums[one * columns + other] += value * values[start + other];
    }
  }
  const matrix = Matrix.zeros(columns, columns);
  for (let one = 0; one < columns; one++)
    for (let other = one; other < columns; other++) {
      matrix.set(one, other, sums[one * columns + other]);
      matrix.set(other, one, sums[one * columns + other]);
    }
  return matrix;
}

/** Features as a matrix of the library. */
export const matrixOf = ({ rows, columns, values }: Features): Matrix => Matrix.from1DArray(rows, columns, values);

/** The sum of the rows of each class, [classes, columns], and their number, [classes]. */
export function classSums({ columns, values }: Features, labels: Labels): { sums: Matrix; counts: Float64Array } {
  const counts = new Float64Array(labels.classes);
  const sums = new Float64Array(labels.classes * columns);
  labels.values.forEach((label, row) => {
    counts[label] += 1;
    for (let column = 0; column < columns; column++) sums[label * columns + column] += values[row * columns + column];
  });
  return { sums: Matrix.from1DArray(labels.classes, columns, sums), counts };
}

/**
 * The eigenvalues of a positive semi-definite matrix, largest first, and the eigenvectors as columns; those of the last
 * eigenvalues may be missing where these are 0.
 */
export interface Spectrum {
  readonly values: readonly number[];
  readonly vectors: Matrix;
}

/** Of a symmetric matrix. */
export function spectrum(symmetric: Matrix): Spectrum {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, place) => place).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  return {
    values: order.map((place) => Math.max(0, realEigenvalues[place])),
    vectors: eigenvectorMatrix.subMatrixColumn(order),
  };
}

/**
 * The spectrum of XᵀX. Where there are fewer rows than columns it is that of the smaller XXᵀ = U Λ Uᵀ, as XᵀU / √Λ are the same
 * eigenvectors; of eigenvalues that are 0 there are none then.
 */
export function gramSpectrum(x: Features): Spectrum {
  const { rows, columns } = x;
  if (rows >= columns) return spectrum(gram(x));
  const transposed = matrixOf(x).transpose();
  const ofRows = spectrum(gram({ rows: columns, columns: rows, values: Float64Array.from(transposed.to1DArray()) }));
  const known = ofRows.values.map((value) => (value > ROUNDING * ofRows.values[0] ? value : 0));
  const kept = Math.max(1, known.filter((value) => value > 0).length);
  const lengths = known.slice(0, kept).map((value) => Math.sqrt(value) || 1);
  return {
    values: Array.from({ length: columns }, (_, place) => known[place] ?? 0),
    vectors: transposed.mmul(ofRows.vectors.subMatrix(0, rows - 1, 0, kept - 1)).divRowVector(lengths),
  };
}

/** Features less their means, and the spectrum of these. */
interface Centred {
  readonly features: Features;
  readonly spectrum: Spectrum;
}

const centredOf = new WeakMap<Features, Centred>();

/** Worked out once for all measures of the same features. */
export function centredSpectrum(features: Features): Centred {
  const known = centredOf.get(features);
  if (known) return known;
  const less = centred(features);
  const made = { features: less, spectrum: gramSpectrum(less) };
  centredOf.set(features, made);
  return made;
}

/** How many of the largest eigenvalues have this share of their sum; at least one. */
export function componentsFor({ values }: Spectrum, share: number): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  let [sum, count] = [0, 0];
  while (count < values.length && sum < share * total) sum += values[count++];
  return Math.max(1, count);
}

/** Eigenvalues below this fraction of the largest are rounding errors of 0. */
export const ROUNDING = 1e-10;
