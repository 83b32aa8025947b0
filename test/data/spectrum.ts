/**
 * Slope a of the amplitude spectrum 1 / f^a of square images of luminance: the mean over the images of |DFT| (after a Hann
 * window), averaged over rings of equal frequency, and a straight line through log amplitude against log frequency, from
 * 2 cycles per image up to the Nyquist frequency.
 */
export function spectralSlope(images: readonly Float64Array[], size: number): number {
  const rings = Math.floor(size / 2);
  const sums = new Float64Array(rings + 1);
  const counts = new Float64Array(rings + 1);
  for (const image of images) {
    const amplitudes = amplitudeSpectrum(windowed(image, size), size);
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const signed = (frequency: number) => (frequency > size / 2 ? frequency - size : frequency);
        const ring = Math.round(Math.hypot(signed(row), signed(column)));
        if (ring < 2 || ring > rings) continue;
        sums[ring] += amplitudes[row * size + column];
        counts[ring] += 1;
      }
  }
  const points = Array.from({ length: rings - 1 }, (_, i) => [Math.log(i + 2), Math.log(sums[i + 2] / counts[i + 2])]);
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return -covariance / variance;
}

/** Luminance (ITU-R BT.601) of planar RGB. */
export function luminance(pixels: Uint8Array): Float64Array {
  const plane = pixels.length / 3;
  return Float64Array.from(
    { length: plane },
    (_, i) => 0.299 * pixels[i] + 0.587 * pixels[plane + i] + 0.114 * pixels[2 * plane + i],
  );
}

function windowed(image: Float64Array, size: number): Float64Array {
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  const hann = (place: number) => Math.sin((Math.PI * (place + 0.5)) / size) ** 2;
  return image.map((value, i) => (value - mean) * hann(Math.floor(i / size)) * hann(i % size));
}

/** |DFT|, rows first and then columns, by the definition. */
function amplitudeSpectrum(image: Float64Array, size: number): Float64Array {
  const cosine = Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sine = Float64Array.from({ length: size }, (_, i) => Math.sin((2 * Math.PI * i) / size));
  const transform = (real: Float64Array, imaginary: Float64Array) => {
    // Transforms each row and transposes; twice is the whole transform.
    const outReal = new Float64Array(size * size);
    const outImaginary = new Float64Array(size * size);
    for (let row = 0; row < size; row++)
      for (let frequency = 0; frequency < size; frequency++) {
        let sumReal = 0;
        let sumImaginary = 0;
        for (let i = 0; i < size; i++) {
          const turn = (frequency * i) % size;
          const a = real[row * size + i];
          const b = imaginary[row * size + i];
          sumReal += a * cosine[turn] + b * sine[turn];
          sumImaginary += b * cosine[turn] - a * sine[turn];
        }
        outReal[frequency * size + row] = sumReal;
        outImaginary[frequency * size + row] = sumImaginary;
      }
    return [outReal, outImaginary] as const;
  };
  const [real, imaginary] = transform(...transform(image, new Float64Array(image.length)));
  return real.map((value, i) => Math.hypot(value, imaginary[i]));
}
