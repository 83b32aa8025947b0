import { InferenceSession } from 'onnxruntime-node';
import type { Provider } from './provider.ts';
import type { Graph } from './graph.ts';

// Otherwise onnxruntime writes an id of this machine into the user's cache and sends Microsoft what it is used for. It
// looks when the first session is made.
process.env.ORT_DISABLE_TELEMETRY = '1';

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
    // As fast without, and a quarter less memory.
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
