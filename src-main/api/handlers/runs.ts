import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Workspace } from '../../app/workspace/workspace.ts';
import { filterHistory, firstLayerFilters, oneFilter, storedRun, type StoredRun } from '../../app/stored/run.ts';
import { packedFolder } from '../../app/home.ts';
import { networkFileName } from '../../app/network-file/facts.ts';
import type { BankFit } from '../../app/tasks/fit.ts';
import { likeliest } from '../../app/answers/likeliest.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import { FOURIER_SIZE, fourierMagnitude } from '../../filters/grating.ts';
import { measureFilters } from '../../filters/measure.ts';
import { api, blobOf, checkAbsolute } from '../implement.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

export const runHandlers = {
  save: api.runs.save.handler(async ({ context: { workspace }, input, signal }) => {
    const { run: key, study, format, allImages } = input;
    find(workspace, key);
    const { application } = workspace;
    checkAbsolute(input.folder);
    const name = networkFileName(application.store, key, format, { study, allImages });
    const packed = packedFolder(application.home);
    const file = input.folder === undefined ? join(packed, `${key}.${format}`) : join(input.folder, name);
    const mode = input.folder === undefined ? OWNER_ONLY.folder : undefined;
    await mkdir(dirname(file), { recursive: true, mode });
    return { name, ...(await application.saveNetwork({ run: key, study, allImages }, file, format, { signal })) };
  }),
  ask: api.runs.ask.handler(async ({ context: { workspace }, input, signal }) => {
    const { record } = find(workspace, input.run);
    const images = await Promise.all(
      input.images.map(async ({ name, content }) => ({ name, bytes: new Uint8Array(await content.arrayBuffer()) })),
    );
    const network = { home: workspace.application.home, run: record.key };
    const { classes, answers, problems } = await runTask({ type: 'ask', network, images, threads: 1 }, { signal });
    return {
      answers: answers.map(({ file, probabilities }) => ({ name: file, classes: likeliest(classes, probabilities) })),
      problems: problems.map(({ file, reason }) => ({ name: file, reason })),
    };
  }),
  curve: api.runs.curve.handler(({ context: { workspace }, input }) => {
    const { store } = workspace.application;
    const training = store
      .curve(input.run)
      .flatMap((point) => [point.step, point.loss, point.accuracy, point.learningRate]);
    const heldOut = store
      .evaluations(input.run)
      .flatMap((point) => [point.step, point.loss, point.correct, point.total]);
    return { training: blobOf(Float64Array.from(training)), heldOut: blobOf(Float64Array.from(heldOut)) };
  }),
  history: api.runs.history.handler(({ context: { workspace }, input }) => {
    return { steps: workspace.application.store.snapshots(input.run).map(({ step }) => step) };
  }),
  filters: api.runs.filters.handler(async ({ context: { workspace }, input }) => {
    const { step, weight } = await filtersOf(workspace, find(workspace, input.run), input.step);
    return {
      step,
      shape: [...weight.shape],
      weights: blobOf(weight.data),
      measures: (input.measured ? measureFilters(weight) : []).map(
        ({ norm, orientation = null, frequency = null, colour, hue = null, oddity = null }) => {
          return { norm, orientation, frequency, colour, hue, oddity };
        },
      ),
    };
  }),
  filterHistory: api.runs.filterHistory.handler(({ context: { workspace }, input }) => {
    const { steps, shape, weights } = filterHistory(workspace.application, find(workspace, input.run), input.filter);
    return { steps, shape, weights: blobOf(weights) };
  }),
  fourier: api.runs.fourier.handler(async ({ context: { workspace }, input }) => {
    const { weight } = await filtersOf(workspace, find(workspace, input.run), input.step);
    oneFilter(weight, input.filter);
    return { size: FOURIER_SIZE, magnitude: blobOf(fourierMagnitude(weight, input.filter)) };
  }),
  fits: api.runs.fits.handler(async ({ context: { workspace }, input, signal }) => {
    const run = find(workspace, input.run);
    const live = workspace.latestFilters(run.record.key);
    const { banks, calibration } = await workspace.fits.of(workspace.application, run, input.at, live, signal);
    const { shares, filters, seed, least } = calibration;
    return { banks: banks.map(fittedBank), untrained: { shares, filters, seed }, least };
  }),
  matching: api.runs.matching.handler(async ({ context: { workspace }, input, signal }) => {
    const weightOf = async ({ run, step }: { run: string; step: number | 'latest' }) =>
      (await filtersOf(workspace, find(workspace, run), step)).weight;
    const [first, second] = [await weightOf(input.first), await weightOf(input.second)];
    const { matches, similarities, untrained, ...found } = await runTask({ type: 'match', first, second }, { signal });
    return { matches: [...matches], similarities: [...similarities], untrained: [...untrained], ...found };
  }),
};

const find = (workspace: Workspace, run: string): StoredRun => storedRun(workspace.application, run);

const filtersOf = (workspace: Workspace, run: StoredRun, step: number | 'latest') =>
  firstLayerFilters(workspace.application, run, step, workspace.latestFilters(run.record.key));

function fittedBank({ step, fits, summary: { shares, orientations } }: BankFit) {
  const { rows, columns } = fits[0].component.plane;
  const planes = fits.flatMap(({ component, gabor, blob }) => [component.plane.values, gabor.fitted, blob.fitted]);
  return {
    step,
    filters: fits.map(({ component: { kind, share }, ...fit }) => ({ ...fit, component: kind, share })),
    shape: [fits.length, 3, rows, columns],
    planes: blobOf(Float32Array.from(planes.flatMap((plane) => [...plane]))),
    shares,
    orientations: [...orientations],
  };
}
