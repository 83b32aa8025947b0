import { availableParallelism } from 'node:os';
import { UserError } from '../../errors.ts';
import { programCommit, programVersion } from '../../study/places.ts';
import type { HomeState } from '../contract/home.ts';
import { api, type Context } from '../implement.ts';

export const homeHandlers = {
  state: api.home.state.handler(({ context }) => stateOf(context)),
  retry: api.home.retry.handler(({ context }) => {
    context.desk.open();
    return stateOf(context);
  }),
  watch: api.home.watch.handler(async function* ({ context, signal }) {
    yield* context.desk.watch(signal);
  }),
  dismissNotice: api.home.dismissNotice.handler(({ context, input }) => context.desk.dismissNotice(input.notice)),
  remembered: api.home.remembered.handler(
    ({ context, input }) => context.desk.application.store.setting(input.key) ?? null,
  ),
  remember: api.home.remember.handler(({ context, input }) => {
    context.desk.application.store.setSetting(input.key, input.value);
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

function stateOf({ desk, host }: Context): HomeState {
  return {
    version: programVersion(),
    commit: programCommit() ?? null,
    host: { kind: host.kind, dialogs: host.choose !== undefined },
    cores: availableParallelism(),
    home: desk.home,
    closed: desk.closed ?? null,
  };
}
