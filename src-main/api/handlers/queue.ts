import { api } from '../implement.ts';

export const queueHandlers = {
  move: api.queue.move.handler(({ context: { workspace }, input }) => workspace.queue.move(input.id, input.place)),
  remove: api.queue.remove.handler(({ context: { workspace }, input }) => workspace.queue.remove(input.id)),
  goOn: api.queue.goOn.handler(({ context: { workspace } }) => workspace.queue.goOn()),
};
