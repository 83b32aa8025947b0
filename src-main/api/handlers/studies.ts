import { mkdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { findProfile } from '../../app/cluster/profiles.ts';
import { freeSpace, packedFolder } from '../../app/home.ts';
import { explosion } from '../../app/planning/announcement.ts';
import { estimateStudy } from '../../app/planning/estimate.ts';
import { fitToBudget } from '../../app/planning/budget.ts';
import { measureFor } from '../../app/planning/measurement.ts';
import { planRequest, splitOf } from '../../app/planning/plan-request.ts';
import { expectedResolution } from '../../app/planning/resolution.ts';
import { rememberedLook } from '../../app/quick-looks.ts';
import type { RequestedStudy } from '../../app/planning/request.ts';
import { usualWork } from '../../app/settings.ts';
import { resultsOf } from '../../app/stored/results.ts';
import { storedRuns, studySummary } from '../../app/stored/study.ts';
import { ENDING } from '../../app/study-file/format.ts';
import type { Workspace } from '../../app/workspace/workspace.ts';
import { PRESET_NAMES } from '../../common/choices.ts';
import type { PredictionProgress } from '../../common/contract/predictions.ts';
import type { ExportProgress, PresetDescription, StudyEstimate, StudyRequest } from '../../common/contract/studies.ts';
import { counted } from '../../common/numbers.ts';
import { parseSplitFile } from '../../data/split.ts';
import { divideThreads } from '../../engine/trainer/supervisor.ts';
import { PRESETS } from '../../study/plan/presets.ts';
import { shownLook } from '../../study/prediction/look-words.ts';
import { api, blobOf, checkAbsolute } from '../implement.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';
import { networkOf } from './networks.ts';
import { latest, predictionHandlers, storedStudy, tableFile } from './results.ts';

export const studyHandlers = {
  presets: api.studies.presets.handler(() => PRESET_NAMES.map(presetOf)),
  split: api.studies.split.handler(({ context: { workspace }, input }) => {
    const { a, b } = splitOf(workspace.application, input.set, input.split, input.seed);
    return { a: [...a], b: [...b] };
  }),
  readSplit: api.studies.readSplit.handler(({ context: { workspace }, input }) => {
    const { a, b } = splitOf(workspace.application, input.set, parseSplitFile(input.text, input.file), 1);
    return { a: [...a], b: [...b] };
  }),
  plan: api.studies.plan.handler(({ context: { workspace }, input }) => {
    const { store } = workspace.application;
    const { id, protocol, plan, data } = planRequest(workspace.application, withEngine(workspace, input));
    const { length: planned } = plan.replicates;
    const ofLast = plan.runs.filter(({ replicate }) => replicate === planned - 1);
    return {
      study: id,
      name: protocol.name,
      known: store.findStudy(id)?.id === id,
      resolution: expectedResolution(store, plan, data, protocol),
      trainings: plan.runs.length + (protocol.replicates.length - planned) * ofLast.length,
      runs: plan.runs.map(({ key, name, replicate, treatment, steps }) => {
        return { name, replicate, ...treatment, steps, stored: store.findRun(key)?.status === 'finished' };
      }),
      splits: plan.replicates.map(({ splitSeed, trainingSeed, split }) => {
        return { splitSeed, trainingSeed, a: [...split.a], b: [...split.b] };
      }),
    };
  }),
  estimate: api.studies.estimate.handler(({ context: { workspace }, input, signal }) =>
    estimate(workspace, requestOf(input), input.workers, signal),
  ),
  fit: api.studies.fit.handler(async ({ context: { workspace }, input: { request, seconds }, signal }) => {
    const { workers } = request;
    const fitted = await fitToBudget(workspace.application, requestOf(request), { seconds, workers, signal });
    const { layers, seeds, epochs } = fitted.request;
    return { layers: [...layers], seeds, epochs, sentence: fitted.sentence };
  }),
  looked: api.studies.looked.handler(({ context: { workspace }, input }) => {
    const look = rememberedLook(workspace.application, requestOf(input));
    return look ? shownLook(look) : null;
  }),
  look: api.studies.look.handler(async function* ({ context: { workspace }, input, signal }) {
    const request = requestOf(input);
    yield* latest<PredictionProgress>((onProgress) => workspace.takeLook(request, { signal, onProgress }), signal);
  }),
  run: api.studies.run.handler(async ({ context: { workspace }, input }) => {
    const request = withEngine(workspace, input);
    // This throws for a request that can't be carried out, before anything is made.
    planRequest(workspace.application, request);
    const { trainings: queued } = workspace.busy;
    return { study: await workspace.runStudy(request, input.workers, input.cluster), queued };
  }),
  resume: api.studies.resume.handler(async ({ context: { workspace }, input }) => {
    storedStudy(workspace, input.study);
    const { trainings: queued } = workspace.busy;
    await workspace.resumeStudy(input.study, input.workers, input.cluster);
    return { queued };
  }),
  extend: api.studies.extend.handler(async ({ context: { workspace }, input }) => {
    storedStudy(workspace, input.study);
    const { trainings: queued } = workspace.busy;
    return { study: await workspace.extendStudy(input.study, input.replicates, input.workers), queued };
  }),
  untilClear: api.studies.untilClear.handler(async ({ context: { workspace }, input }) => {
    storedStudy(workspace, input.study);
    const { trainings: queued } = workspace.busy;
    return { study: await workspace.goOnUntilClear(input.study, input.seconds, input.workers), queued };
  }),
  pause: api.studies.pause.handler(({ context: { workspace }, input }) => workspace.pauseStudy(input.study)),
  cancel: api.studies.cancel.handler(({ context: { workspace }, input }) => workspace.cancelStudy(input.study)),
  annotate: api.studies.annotate.handler(({ context: { workspace }, input }) => {
    workspace.annotateStudy(input.study, input.change);
  }),
  list: api.studies.list.handler(({ context: { workspace } }) => {
    const { store } = workspace.application;
    return store
      .studies()
      .reverse()
      .map((study) => studySummary(store, study, workspace.liveRuns(study.id)));
  }),
  details: api.studies.details.handler(({ context: { workspace }, input }) => {
    const { store } = workspace.application;
    const { study } = storedStudy(workspace, input.study);
    const live = workspace.liveRuns(study.id);
    return { summary: studySummary(store, study, live), runs: live ? [...live] : storedRuns(store, study) };
  }),
  results: api.studies.results.handler(({ context: { workspace }, input }) =>
    resultsOf(workspace.application, storedStudy(workspace, input.study)),
  ),
  table: api.studies.table.handler(async ({ context: { workspace }, input, signal }) => {
    return { content: blobOf(await tableFile(workspace, storedStudy(workspace, input.study), input, signal)) };
  }),
  ...predictionHandlers,
  export: api.studies.export.handler(async function* ({ context: { workspace }, input, signal }) {
    storedStudy(workspace, input.study);
    const { application } = workspace;
    checkAbsolute(input.folder);
    const folder = input.folder ?? join(application.home, 'reports', input.study);
    let files: string[] = [];
    yield* latest<ExportProgress>(async (onProgress) => {
      files = await application.writeReport(input.study, folder, { layers: input.layers, signal, onProgress });
    }, signal);
    if (signal?.aborted) return;
    const sizes = await Promise.all(files.map((file) => stat(file)));
    yield { folder, files: files.map((file, place) => ({ name: basename(file), bytes: sizes[place].size })) };
  }),
  pack: api.studies.pack.handler(async ({ context: { workspace }, input, signal }) => {
    storedStudy(workspace, input.study);
    const { application } = workspace;
    checkAbsolute(input.folder);
    const file =
      input.folder === undefined
        ? join(packedFolder(application.home), input.study + ENDING)
        : join(input.folder, `study-${input.study}${ENDING}`);
    const mode = input.folder === undefined ? OWNER_ONLY.folder : undefined;
    await mkdir(dirname(file), { recursive: true, mode });
    return application.packStudy(input.study, file, input.checkpoints, signal);
  }),
  unpack: api.studies.unpack.handler(async ({ context: { workspace }, input, signal }) => {
    checkAbsolute(input.file);
    const { study, known } = await workspace.restoreStudy(input.file, signal);
    return { study: study.id, known };
  }),
  remove: api.studies.remove.handler(({ context: { workspace }, input }) => {
    workspace.deleteStudy(storedStudy(workspace, input.study).study.id);
  }),
};

/** Turns a request of the contract into the application's. */
export function requestOf({ network, workers: _, cluster: __, ...request }: StudyRequest): RequestedStudy {
  return { ...request, network: network && networkOf(network) };
}

/** A study that asks for no engine has that of its cluster. Throws a usage error where there is none of that name. */
function withEngine(workspace: Workspace, request: StudyRequest): RequestedStudy {
  const { engine, cluster } = request;
  const profile = cluster === undefined ? undefined : findProfile(workspace.home, cluster);
  return { ...requestOf(request), engine: engine ?? profile?.engine };
}

function presetOf(name: (typeof PRESET_NAMES)[number]): PresetDescription {
  const { network, epochs, seeds, layers, treatments, bothDirections, split, imagesPerClass = null } = PRESETS[name];
  return {
    name,
    network: network.name,
    epochs,
    seeds,
    layers: [...layers],
    treatments: [...treatments],
    bothDirections,
    classes: split.kind === 'random' ? (split.classes ?? null) : null,
    imagesPerClass,
  };
}

/** Estimates what a study will take on this machine, from a short measurement of its network. */
async function estimate(
  workspace: Workspace,
  request: RequestedStudy,
  asked: number | undefined,
  signal?: AbortSignal,
): Promise<StudyEstimate> {
  const { store, home } = workspace.application;
  const { protocol, plan, data } = planRequest(workspace.application, request);
  const { trainings: busy } = workspace.busy;
  const usual = usualWork(store);
  const workers = asked ?? usual.workers;
  const cores = availableParallelism();
  const classes = plan.replicates[0].split.b.length;
  const { network, engine } = protocol;
  const measurement = await measureFor({ network, classes, engine, home, workers, cores }, signal);
  const stored = (key: string) => store.findRun(key)?.status === 'finished';
  const threads = divideThreads(cores, workers);
  return {
    ...estimateStudy({
      plan,
      replicates: protocol.replicates.length,
      data,
      source: protocol.sourceSet,
      stored,
      measurement,
      workers,
      sharedMemory: usual.sharedMemory,
    }),
    diskFree: await freeSpace(home),
    memoryFree: process.availableMemory(),
    busy,
    how: `a few seconds of ${network.name} on this machine: ${counted(workers, 'training')} at once, ${counted(threads, 'thread')} each, ${measurement.engineVersion}`,
    warnings: explosion(network, classes),
  };
}
