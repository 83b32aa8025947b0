import type { RandomStream } from '../../random.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** Colours of landscapes, sRGB 0..255. All classes draw from the same list, so colour says nothing about the class. */
const LANDSCAPE: readonly Colour[] = [
  [74, 103, 48], // leaves
  [124, 144, 74],
  [40, 62, 40], // fir
  [86, 60, 42], // soil
  [126, 92, 62], // bark
  [168, 132, 90],
  [208, 186, 144], // sand
  [142, 140, 132], // stone
  [92, 96, 102],
  [130, 164, 198], // sky
  [186, 206, 222],
  [48, 82, 112], // water
  [178, 82, 56], // rust
  [218, 170, 66], // ochre
  [146, 88, 112], // heather
  [230, 226, 214], // snow
  [34, 34, 40], // shadow
];

/** Draws the few colours that one image is painted in. */
export function drawPalette(stream: RandomStream, colours: number): Colour[] {
  return Array.from({ length: colours }, () => LANDSCAPE[stream.integer(LANDSCAPE.length)]);
}

/** Draws a colour of the palette, varies its brightness by a factor exp(0.2 z) with z normal, and its hue a little. */
export function drawColour(stream: RandomStream, palette: readonly Colour[]): Colour {
  const [red, green, blue] = palette[stream.integer(palette.length)];
  const light = Math.exp(0.2 * stream.gaussian());
  const warmth = 1 + 0.06 * stream.gaussian();
  return [red * light * warmth, green * light, (blue * light) / warmth];
}
