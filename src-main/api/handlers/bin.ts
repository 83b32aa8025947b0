import { deletedThings } from '../../app/bin.ts';
import { api } from '../implement.ts';

export const binHandlers = {
  list: api.bin.list.handler(({ context: { workspace } }) => deletedThings(workspace.application)),
  restore: api.bin.restore.handler(({ context: { workspace }, input }) => workspace.bringBack(input.kind, input.id)),
  remove: api.bin.remove.handler(({ context: { workspace }, input }) => {
    return { bytes: workspace.removeForGood(input.kind, input.id) };
  }),
};
