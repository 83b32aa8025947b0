import { ANGULAR_SHAPES, ROUND_SHAPES, type Shape } from './shapes.ts';
import { ANGULAR_TEXTURES, ROUND_TEXTURES, type Texture } from './textures.ts';

export interface DeadLeavesClass {
  /** Shape and texture, such as `disc-shaded` or `square-striped`. */
  readonly name: string;
  /**
   * The family. The two share neither a shape nor a texture, so they make a "dissimilar" split (paper, section 4.2).
   */
  readonly group: 'round' | 'angular';
  readonly shape: Shape;
  readonly texture: Texture;
}

/** The twenty classes: two families, each of two shapes times five textures. */
export const DEAD_LEAVES_CLASSES: readonly DeadLeavesClass[] = [
  ...family('round', ROUND_SHAPES, ROUND_TEXTURES),
  ...family('angular', ANGULAR_SHAPES, ANGULAR_TEXTURES),
];

function family(
  group: DeadLeavesClass['group'],
  shapes: readonly Shape[],
  textures: readonly Texture[],
): DeadLeavesClass[] {
  return shapes.flatMap((shape) =>
    textures.map((texture) => ({ name: `${shape.name}-${texture.name}`, group, shape, texture })),
  );
}
