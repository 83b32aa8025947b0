import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Workspace } from '../../app/workspace/workspace.ts';
import { filterHistory, oneFilter, storedRun, type StoredRun } from '../../app/stored/run.ts';
import { packedFolder } from '../../app/home.ts';
import { networkFileName } from '../../app/network-file/facts.ts';
import type { BankFit } from '../../app/tasks/fit.ts';
import { likeliest } from '../../app/answers/likeliest.ts';
import { removeUpload } from '../../app/workspace/uploads.ts';
import { runTask } from '../../app/tasks/run-task.ts';
import { FOURIER_SIZE, fourierMagnitude } from '../../filters/grating.ts';
import { measureFilters } from '../../filters/measure.ts';
import type { FilterLayer } from '../../network/filter-layers.ts';
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
    const { images } = input;
    images.forEach(checkAbsolute);
    const { home } = workspace.application;
    try {
      const network = { home, run: record.key };
      const { classes, answers, problems } = await runTask({ type: 'ask', network, images, threads: 1 }, { signal });
      return {
        answers: answers.map(({ file, probabilities }) => {
          return { name: basename(file), classes: likeliest(classes, probabilities) };
        }),
        problems: problems.map(({ file, reason }) => ({ name: basename(file), reason })),
      };
    } finally {
      await Promise.all(images.map((file) => removeUpload(home, file)));
    }
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
  filterLayers: api.runs.filterLayers.handler(({ context: { workspace }, input }) => {
    return { layers: described(workspace.filterSources.layers(workspace.application, input.run)) };
  }),
  openFilters: api.runs.openFilters.handler(async ({ context: { workspace }, input, signal }) => {
    checkAbsolute(input.file);
    const { key, name, layers } = await workspace.openFilters(input.file, signal);
    return { run: key, name, layers: described(layers) };
  }),
  filters: api.runs.filters.handler(async ({ context: { workspace }, input }) => {
    const { step, weight } = await filtersOf(workspace, input);
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
    const { weight } = await filtersOf(workspace, input);
    oneFilter(weight, input.filter);
    return { size: FOURIER_SIZE, magnitude: blobOf(fourierMagnitude(weight, input.filter)) };
  }),
  fits: api.runs.fits.handler(async ({ context: { workspace }, input, signal }) => {
    const source = workspace.filterSource(input.run, input.layer);
    const { banks, calibration } = await workspace.fits.of(workspace.application, source, input.at, signal);
    const { shares, filters, seed, least } = calibration;
    const { nulls = [], master } = banks.at(-1)!;
    return {
      banks: banks.map((bank) => fittedBank(bank, calibration.shape[0])),
      untrained: { shares, filters, seed },
      nulls: input.at === 'history' ? [] : nulls.map((one) => ({ ...one, plane: [...one.plane] })),
      ...(master && { master: { ...master, matches: [...master.matches], nulls: [...master.nulls] } }),
      least,
    };
  }),
  matching: api.runs.matching.handler(async ({ context: { workspace }, input, signal }) => {
    const [{ weight: first }, { weight: second }] = [
      await filtersOf(workspace, input.first),
      await filtersOf(workspace, input.second),
    ];
    const { matches, similarities, untrained, ...found } = await runTask({ type: 'match', first, second }, { signal });
    return { matches: [...matches], similarities: [...similarities], untrained: [...untrained], ...found };
  }),
};

const find = (workspace: Workspace, run: string): StoredRun => storedRun(workspace.application, run);

interface AskedFilters {
  readonly run: string;
  readonly step: number | 'latest';
  readonly layer?: string;
}

const filtersOf = (workspace: Workspace, { run, step, layer }: AskedFilters) =>
  workspace.filterSource(run, layer).at(step);

const described = (layers: readonly FilterLayer[]) =>
  layers.map(({ layer, depthwise, shape }) => ({ layer, depthwise, shape: [...shape] }));

function fittedBank({ step, fits, summary: { shares, orientations } }: BankFit, channels: number) {
  const { rows, columns } = fits[0].component.plane;
  const planes = fits.flatMap(({ component, gabor, blob }) => [component.plane.values, gabor.fitted, blob.fitted]);
  return {
    step,
    filters: fits.map(({ component: { kind, share }, ...fit }) => ({ ...fit, component: kind, share })),
    channels,
    shape: [fits.length, 3, rows, columns],
    planes: blobOf(Float32Array.from(planes.flatMap((plane) => [...plane]))),
    shares,
    orientations: [...orientations],
  };
}
