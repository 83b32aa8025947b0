import { createTrainingBatches } from '../../src-main/data/batches.ts';
import { meanImage } from '../../src-main/data/mean-image.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { selectImages } from '../../src-main/data/selection.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';

/**
 * All that a training does with images, in a process of its own so that its memory can be told: starts on half of the
 * classes of a set, resumes in epoch 7, then makes batches. Prints one JSON object.
 * usage: data-start.ts FOLDER NETWORK BATCHES
 */
const [folder, name, count] = process.argv.slice(2);
const BATCH = 128;
const beforeStart = process.cpuUsage();
const began = performance.now();
const set = openImageSet(folder);
const { train, trainLabels } = selectImages(set, set.index.classes.slice(0, set.index.classes.length / 2), { seed: 1 });
const mean = await meanImage(set, train);
const network = resolveNetwork(BUILT_IN_NETWORKS.get(name)!, set.index.classes.length / 2);
const source = { set, images: train, labels: trainLabels, mean, network, batchSize: BATCH };
const batches = createTrainingBatches({ ...source, seed: 'bench' });
const first = Math.ceil((7 * train.length) / BATCH);
batches.batch(first);
const startSeconds = (performance.now() - began) / 1000;
const startProcessorSeconds = processorSeconds(process.cpuUsage(beforeStart));
for (let i = 1; i <= 20; i++) batches.batch(first + i);

const [wall, processor] = [performance.now(), process.cpuUsage()];
for (let i = 0; i < Number(count); i++) batches.batch(first + 20 + i);
const busy = processorSeconds(process.cpuUsage(processor));
const images = Number(count) * BATCH;
console.log(
  JSON.stringify({
    startSeconds,
    startProcessorSeconds,
    imagesPerSecond: (1000 * images) / (performance.now() - wall),
    /** What one core would deliver that does nothing else: on a machine that others use as well, the fairer number. */
    imagesPerProcessorSecond: images / busy,
    residentMegabytes: process.memoryUsage().rss / 1e6,
  }),
);
set.close();

function processorSeconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}
