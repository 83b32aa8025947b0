/** The process of `findAdapter`: loads one tiny graph with WebGPU and exits, or crashes without harm to others. */
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
