import { runTask } from '../../app/tasks/run-task.ts';
import { blobOf } from '../blobs.ts';
import { api } from '../implement.ts';

export const figureHandlers = {
  png: api.figures.png.handler(async ({ input, signal }) => {
    return { content: blobOf(await runTask({ type: 'figure', svg: input.svg }, { signal })) };
  }),
};
