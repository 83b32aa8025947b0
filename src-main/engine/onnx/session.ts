import { InferenceSession } from 'onnxruntime-node';
import type { Graph } from './graph.ts';

// Otherwise onnxruntime writes an id of this machine into the user's cache and sends Microsoft what it is used for. It
// looks when the first session is made.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** Loads a graph into onnxruntime's CPU provider. */
export function createSession(graph: Graph, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(graph.serialise(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // As fast without, and a quarter less memory.
    enableMemPattern: false,
    // Trainings run side by side: a thread that waits must not take the core of another training.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}
