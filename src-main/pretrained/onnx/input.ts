import {
  TensorProto_DataType as DataType,
  type ModelProto,
  type ValueInfoProto,
} from '../../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../errors.ts';
import { CHANNELS } from '../../network/network.ts';

/** Rows and columns where nobody says how many. */
const USUAL_SIZE = 224;
const MOST_SIZE = 512;

export interface ImageInput {
  readonly name: string;
  readonly size: number;
  readonly channels: number;
  readonly isChannelsLast: boolean;
  readonly isByte: boolean;
  readonly type: DataType;
  /** Images of a batch that can't be another number; undefined: any. */
  readonly batch?: number;
  readonly notes: readonly string[];
}

const INPUT_TYPES: readonly DataType[] = [
  DataType.FLOAT,
  DataType.FLOAT16,
  DataType.BFLOAT16,
  DataType.DOUBLE,
  DataType.UINT8,
];

/** The one input of a graph, which must be images. */
export function imageInput({ graph }: ModelProto, wanted: number | undefined): ImageInput {
  const constants = new Set(graph!.initializer.map(({ name }) => name));
  const inputs = graph!.input.filter(({ name }) => !constants.has(name));
  if (inputs.length !== 1) {
    const names = inputs.slice(0, 3).map(({ name }) => name.slice(0, 40));
    throw new UserError(
      inputs.length === 0
        ? 'it has no input for images'
        : `it has ${inputs.length} inputs (${names.join(', ')}), and a classifier of images has one; export it with its images alone`,
    );
  }
  const [input] = inputs;
  const { type, sides } = shapeOf(input);
  if (!INPUT_TYPES.includes(type)) throw new UserError(`its input is of type ${DataType[type]}, which images are not`);
  const shown = sides.map((side) => side ?? '?').join('x');
  if (sides.length !== 4)
    throw new UserError(
      `it reads values of ${shown || 'an unknown shape'}, and only networks of images of three channels can be read`,
    );
  const isChannels = (side: number | undefined) => side === CHANNELS || side === 1;
  const isChannelsLast = isChannels(sides[3]) && !isChannels(sides[1]);
  const channels = (isChannelsLast ? sides[3] : sides[1]) ?? CHANNELS;
  const [rows, columns] = isChannelsLast ? [sides[1], sides[2]] : [sides[2], sides[3]];
  if (!isChannels(channels))
    throw new UserError(
      `it reads images of ${channels} channels (${shown}), and only those of three, or one, can be read`,
    );
  if (rows !== undefined && columns !== undefined && rows !== columns)
    throw new UserError(`it reads images of ${rows}x${columns} pixels, and only square ones can be read`);
  const size = rows ?? columns ?? wanted ?? USUAL_SIZE;
  if (!(size >= 4 && size <= MOST_SIZE))
    throw new UserError(`it reads images of ${size}x${size} pixels, and 4 to ${MOST_SIZE} are possible`);
  const isOpen = rows === undefined && columns === undefined && wanted === undefined;
  const [batch] = sides;
  return {
    ...{ name: input.name, size, channels, isChannelsLast, isByte: type === DataType.UINT8, type },
    ...(batch !== undefined && batch > 1 && { batch }),
    notes: isOpen ? [`The file leaves the size of images open; ${USUAL_SIZE} pixels are taken.`] : [],
  };
}

/** Sides that are open are undefined. */
function shapeOf({ type }: ValueInfoProto): { type: DataType; sides: (number | undefined)[] } {
  if (type?.value.case !== 'tensorType') throw new UserError('its input is no tensor');
  const { elemType, shape } = type.value.value;
  const sides = (shape?.dim ?? []).map(({ value }) => {
    const size = value.case === 'dimValue' ? Number(value.value) : 0;
    return size > 0 ? size : undefined;
  });
  return { type: elemType, sides };
}
