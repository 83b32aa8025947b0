/** Started to find out what WebGPU computes with here, and to crash in place of others: loads one tiny graph and ends. */
import { messageOf } from '../../../errors.ts';
import { Graph } from '../graph.ts';
import { createSession } from '../session.ts';

const graph = new Graph();
graph.output('y', graph.node('Relu', [graph.input('x', [1])]), [1]);
try {
  await (await createSession(graph, 1, 'webgpu')).release();
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 1;
}
