import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { packedFolder } from '../../app/home.ts';
import { planRequest, splitOf } from '../../app/planning.ts';
import type { RequestedStudy } from '../../app/request.ts';
import { ENDING } from '../../app/study-file/format.ts';
import { storedRuns } from '../../app/stored-runs.ts';
import { studySummary } from '../../app/study-summaries.ts';
import { parseSplitFile } from '../../data/split.ts';
import { PRESETS } from '../../study/presets.ts';
import { PRESET_NAMES } from '../../common/choices.ts';
import { blobOf } from '../blobs.ts';
import type { PresetDescription, StudyRequest } from '../contract/studies.ts';
import { api } from '../implement.ts';
import { checkAbsolute } from '../whole-path.ts';
import { estimate } from './estimate.ts';
import { networkOf } from './networks.ts';
import { predictionHandlers } from './predictions.ts';
import { resultsOf, tableFile } from './results.ts';
import { storedStudy } from './stored.ts';

export const studyHandlers = {
  presets: api.studies.presets.handler(() => PRESET_NAMES.map(presetOf)),
  split: api.studies.split.handler(({ context: { desk }, input }) => {
    const { a, b } = splitOf(desk.application, input.set, input.split, input.seed);
    return { a: [...a], b: [...b] };
  }),
  readSplit: api.studies.readSplit.handler(({ context: { desk }, input }) => {
    const { a, b } = splitOf(desk.application, input.set, parseSplitFile(input.text, input.file), 1);
    return { a: [...a], b: [...b] };
  }),
  plan: api.studies.plan.handler(({ context: { desk }, input }) => {
    const { store } = desk.application;
    const { id, protocol, plan } = planRequest(desk.application, requestOf(input));
    return {
      study: id,
      name: protocol.name,
      known: store.findStudy(id)?.id === id,
      runs: plan.runs.map(({ key, name, replicate, treatment, steps }) => {
        return { name, replicate, ...treatment, steps, stored: store.findRun(key)?.status === 'finished' };
      }),
      splits: plan.replicates.map(({ splitSeed, trainingSeed, split }) => {
        return { splitSeed, trainingSeed, a: [...split.a], b: [...split.b] };
      }),
    };
  }),
  estimate: api.studies.estimate.handler(({ context: { desk }, input, signal }) =>
    estimate(desk, requestOf(input), input.workers, signal),
  ),
  run: api.studies.run.handler(async ({ context: { desk }, input }) => {
    const request = requestOf(input);
    // This throws for a request that can't be carried out, before anything is made.
    planRequest(desk.application, request);
    return { study: await desk.runStudy(request, input.workers) };
  }),
  resume: api.studies.resume.handler(async ({ context: { desk }, input }) => {
    storedStudy(desk, input.study);
    await desk.resumeStudy(input.study, input.workers);
  }),
  pause: api.studies.pause.handler(({ context: { desk }, input }) => desk.pauseStudy(input.study)),
  cancel: api.studies.cancel.handler(({ context: { desk }, input }) => desk.cancelStudy(input.study)),
  list: api.studies.list.handler(({ context: { desk } }) => {
    const { store } = desk.application;
    return store
      .studies()
      .reverse()
      .map((study) => studySummary(store, study));
  }),
  details: api.studies.details.handler(({ context: { desk }, input }) => {
    const { store } = desk.application;
    const { study } = storedStudy(desk, input.study);
    return { summary: studySummary(store, study), runs: storedRuns(store, study) };
  }),
  results: api.studies.results.handler(({ context: { desk }, input }) =>
    resultsOf(desk.application.store, storedStudy(desk, input.study)),
  ),
  table: api.studies.table.handler(async ({ context: { desk }, input }) => {
    const found = storedStudy(desk, input.study);
    return { content: blobOf(await tableFile(desk.application.store, found, input.name, input.format)) };
  }),
  ...predictionHandlers,
  export: api.studies.export.handler(async ({ context: { desk }, input, signal }) => {
    storedStudy(desk, input.study);
    const { application } = desk;
    checkAbsolute(input.folder);
    const folder = input.folder ?? join(application.home, 'reports', input.study);
    const files = await application.writeReport(input.study, folder, { layers: input.layers, signal });
    const sizes = await Promise.all(files.map((file) => stat(file)));
    return { folder, files: files.map((file, place) => ({ name: basename(file), bytes: sizes[place].size })) };
  }),
  pack: api.studies.pack.handler(async ({ context: { desk }, input, signal }) => {
    storedStudy(desk, input.study);
    const { application } = desk;
    checkAbsolute(input.folder);
    const file =
      input.folder === undefined
        ? join(packedFolder(application.home), input.study + ENDING)
        : join(input.folder, `study-${input.study}${ENDING}`);
    await mkdir(dirname(file), { recursive: true });
    return application.packStudy(input.study, file, input.checkpoints, signal);
  }),
  unpack: api.studies.unpack.handler(async ({ context: { desk }, input, signal }) => {
    checkAbsolute(input.file);
    const { study, known } = await desk.restoreStudy(input.file, signal);
    return { study: study.id, known };
  }),
  remove: api.studies.remove.handler(({ context: { desk }, input }) => {
    desk.removeStudy(storedStudy(desk, input.study).study.id);
  }),
};

/** Turns a request of the contract into the application's. */
export function requestOf({ network, workers: _, ...request }: StudyRequest): RequestedStudy {
  return { ...request, network: network && networkOf(network) };
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
