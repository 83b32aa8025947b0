import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from './graph.ts';

// Otherwise onnxruntime writes an id of this machine into the user's cache and sends Microsoft what it is used for. It
// looks when the first session is made.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** The part of onnxruntime that computes: the processor, or a graphics card in one of two ways. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

/**
 * Loads a graph into one of onnxruntime's providers. WebGPU takes the whole of it or none: rejects where it would leave
 * a single node to the processor, whose time would then pass for the graphics card's.
 */
export function createSession(
  graph: Graph,
  threads: number,
  provider: Provider = 'cpu',
  options: Pick<InferenceSession.SessionOptions, 'preferredOutputLocation'> = {},
): Promise<InferenceSession> {
  return InferenceSession.create(graph.serialise(), {
    ...options,
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // It is as fast without, and takes a quarter less memory.
    enableMemPattern: false,
    extra: {
      session: {
        // Trainings run side by side: a thread that waits must not take the core of another training.
        intra_op: { allow_spinning: '0' },
        ...(provider === 'webgpu' && { disable_cpu_ep_fallback: '1' }),
      },
    },
  });
}

let blockFound: Promise<number | undefined> | undefined;

/** Channels in a block of the blocked layout on this processor; undefined where onnxruntime has no kernels for it. */
export function blockOfProcessor(): Promise<number | undefined> {
  blockFound ??= findBlock();
  return blockFound;
}

/** Converts an image of four channels, which onnxruntime fills up to a whole block. */
async function findBlock(): Promise<number | undefined> {
  let session: InferenceSession | undefined;
  try {
    const graph = new Graph();
    graph.output('y', graph.blocked('ReorderInput', [graph.input('x', [1, 4, 1, 1])]));
    session = await createSession(graph, 1);
    const { y } = await session.run({ x: new Tensor('float32', new Float32Array(4), [1, 4, 1, 1]) });
    return y.dims[1] > 4 ? y.dims[1] : undefined;
  } catch {
    return undefined;
  } finally {
    await session?.release();
  }
}
