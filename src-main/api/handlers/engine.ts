import { cantTrain, probeCluster, sentencesOn } from '../../app/cluster/probe.ts';
import { addProfile, checkProfile, findProfile, profilesOf, removeProfile } from '../../app/cluster/profiles.ts';
import { diagnostics } from '../../app/doctor/diagnostics.ts';
import { examineAtOnce, examineBasics } from '../../app/doctor/doctor.ts';
import { rememberedFindings, rememberFindings } from '../../app/doctor/remembered.ts';
import { repair } from '../../app/repair.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import { benchmark } from '../../app/planning/benchmark.ts';
import { automaticEngine } from '../../engine/available.ts';
import { UserError } from '../../errors.ts';
import { api } from '../implement.ts';
import { networkOf } from './networks.ts';
import { latest } from './results.ts';

interface ClusterTest {
  waiting: string | null;
  found: string[];
}

export const engineHandlers = {
  known: api.engine.known.handler(({ context: { workspace } }) => {
    const { home, store } = workspace.application;
    return { used: automaticEngine(home), glance: examineAtOnce(), ...rememberedFindings(store) };
  }),
  basics: api.engine.basics.handler(async ({ context: { workspace } }) => {
    const { home, store } = workspace.application;
    const findings = await examineBasics(home);
    rememberFindings(store, 'basics', findings);
    return { findings, used: automaticEngine(home) };
  }),
  examine: api.engine.examine.handler(async ({ context: { workspace }, input }) => {
    const { home, store } = workspace.application;
    const findings = await workspace.libraries.findings(home, input?.again);
    rememberFindings(store, 'libraries', findings);
    return { findings };
  }),
  clusters: api.engine.clusters.handler(({ context: { workspace } }) =>
    profilesOf(workspace.home).map((profile) => {
      const { name, ssh, spool, partition, time, memory, gres, engine, atOnce } = profile;
      const jobs = [partition, time, memory, gres, engine, atOnce === undefined ? undefined : `${atOnce} at once`];
      return { name, submits: ssh ?? '', spool, jobs: jobs.filter((word) => word !== undefined).join(', ') };
    }),
  ),
  addCluster: api.engine.addCluster.handler(({ context: { workspace }, input }) => {
    const profile = checkProfile({ ...input, before: [] });
    if (profilesOf(workspace.home).some(({ name }) => name === profile.name))
      throw new UserError(
        `There is a cluster "${profile.name}" already: forget it first, or describe it anew with "transplant cluster add".`,
      );
    addProfile(workspace.home, profile);
  }),
  forgetCluster: api.engine.forgetCluster.handler(({ context: { workspace }, input }) =>
    removeProfile(workspace.home, input.name),
  ),
  testCluster: api.engine.testCluster.handler(async function* ({ context: { workspace }, input, signal }) {
    const profile = findProfile(workspace.home, input.name);
    yield* latest<ClusterTest>(async (tell) => {
      const never = new AbortController().signal;
      const onWaiting = (reason: string) => tell({ waiting: reason, found: [] });
      const found = await probeCluster(workspace.home, profile, { signal: signal ?? never, onWaiting });
      tell({ waiting: null, found: sentencesOn(found) });
      if (found.engine === null) throw cantTrain(profile, found);
    }, signal);
  }),
  checkFiles: api.engine.checkFiles.handler(({ context: { workspace }, signal }) =>
    runTask({ type: 'check-files', home: workspace.application.home }, { signal }),
  ),
  diagnostics: api.engine.diagnostics.handler(async ({ context: { workspace } }) => {
    const { home, libraries } = workspace;
    const [basics, tried] = await Promise.all([examineBasics(home), libraries.findings(home)]);
    return { text: await diagnostics(home, [...basics, ...tried]) };
  }),
  repair: api.engine.repair.handler(({ context: { workspace }, input }) => {
    if (workspace.busy.trainings) throw new UserError('A study is training: pause it first.');
    const { studies } = repair(workspace.application, input.damaged);
    workspace.touchStored();
    return { studies };
  }),
  benchmark: api.engine.benchmark.handler(async function* ({ context: { workspace }, input, signal }) {
    if (workspace.busy.trainings)
      throw new UserError('A study is training: it and the benchmark would slow each other down. Pause it first.');
    yield* benchmark(networkOf({ builtIn: input.network }), workspace.home, signal);
  }),
};
