import { clearCache, diskUsage } from '../../app/disk-usage.ts';
import { formerHome, removeFormer } from '../../app/move-home/move.ts';
import { changeSettings, readSettings } from '../../app/settings.ts';
import { lookForUpdate, updatePlace } from '../../app/update.ts';
import type { MoveProgress } from '../../common/contract/settings.ts';
import { api, checkAbsolute } from '../implement.ts';
import { latest } from './results.ts';

export const settingsHandlers = {
  read: api.settings.read.handler(({ context: { workspace } }) => readSettings(workspace.application.store)),
  change: api.settings.change.handler(({ context: { workspace }, input }) => {
    const settings = changeSettings(workspace.application.store, input);
    // Other pages ask again.
    workspace.touchStored();
    return settings;
  }),
  disk: api.settings.disk.handler(({ context: { workspace } }) => diskUsage(workspace.application.home)),
  clearCache: api.settings.clearCache.handler(({ context: { workspace } }) => clearCache(workspace.application.home)),
  place: api.settings.place.handler(({ context: { workspace } }) => {
    const former = formerHome();
    return { home: workspace.home, movable: workspace.movable, former: former === undefined ? null : { path: former } };
  }),
  updatePlace: api.settings.updatePlace.handler(() => ({ place: updatePlace() ?? null })),
  lookForUpdate: api.settings.lookForUpdate.handler(({ signal }) => lookForUpdate({ signal })),
  moveHome: api.settings.moveHome.handler(async function* ({ context: { workspace }, input, signal }) {
    checkAbsolute(input.to);
    yield* latest<MoveProgress>((onProgress) => workspace.moveHome(input.to, { signal, onProgress }), signal);
  }),
  removeFormer: api.settings.removeFormer.handler(() => removeFormer()),
};
