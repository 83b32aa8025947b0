import { availableParallelism } from 'node:os';
import { UserError } from '../../errors.ts';
import { programCommit, programVersion } from '../../process/program.ts';
import { changesSince } from '../../common/activity-changes.ts';
import type { Activity } from '../../common/contract/activity.ts';
import type { HomeState } from '../../common/contract/home.ts';
import { api, type Context } from '../implement.ts';

export const homeHandlers = {
  state: api.home.state.handler(({ context }) => stateOf(context)),
  retry: api.home.retry.handler(({ context }) => {
    context.workspace.open();
    return stateOf(context);
  }),
  watch: api.home.watch.handler(async function* ({ context, signal }) {
    let said: Activity | undefined;
    for await (const activity of context.workspace.watch(signal)) {
      yield changesSince(said, activity);
      said = activity;
    }
  }),
  dismissNotice: api.home.dismissNotice.handler(({ context, input }) => context.workspace.dismissNotice(input.notice)),
  remembered: api.home.remembered.handler(
    ({ context, input }) => context.workspace.application.store.setting(input.key) ?? null,
  ),
  remember: api.home.remember.handler(({ context, input }) => {
    context.workspace.application.store.setSetting(input.key, input.value);
  }),
  choose: api.home.choose.handler(async ({ context, input }) => {
    if (!context.host.choose) throw new UserError('There is no dialog here: enter the path instead.');
    return context.host.choose(input.what);
  }),
  show: api.home.show.handler(({ context, input }) => {
    if (!context.host.show) throw new UserError(`There is no file manager here; the file is ${input.path}.`);
    context.host.show(input.path);
  }),
};

function stateOf({ workspace, host }: Context): HomeState {
  return {
    version: programVersion(),
    commit: programCommit() ?? null,
    host: { kind: host.kind, dialogs: host.choose !== undefined },
    cores: availableParallelism(),
    home: workspace.home,
    closed: workspace.closed ?? null,
    moved: workspace.moved,
  };
}
