import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planOnAllImages, trainOnAllImages } from '../../../src-main/app/network-file/on-all-images.ts';
import { writeNetworkFile } from '../../../src-main/app/network-file/write.ts';
import { decodeSafetensors } from '../../../src-main/store/safetensors.ts';
import { addImages, createTinyHome, runTinyStudy, tinyProtocol } from '../../study/tiny-study.ts';
import { temporaryFolder } from '../../store/temporary-folder.ts';

// Four processes that train: seconds on a quiet machine.
test('a network is trained again on all images, and its file and card say whose accuracy they tell', async () => {
  const tiny = await createTinyHome();
  onTestFinished(() => tiny.dispose());
  addImages(tiny.store, tiny.index, tiny.imageSet);
  const { plan } = await runTinyStudy(tiny, tinyProtocol(tiny.index, { layers: [1], treatments: ['transfer'] }));
  const { key: run, steps } = plan.runs.find(({ name }) => name === 'A1B')!;
  // Ten images of each class were held out, and ten were not.
  expect(planOnAllImages(tiny, { run }).steps).toBe(2 * steps);
  const save = (whole?: Parameters<Parameters<typeof trainOnAllImages>[3]>[0]) => {
    const [file, card] = ['safetensors', 'md'].map((format) => join(temporaryFolder(), `network.${format}`));
    const request = { home: tiny.home, run, whole };
    return Promise.all([
      writeNetworkFile({ ...request, format: 'safetensors', file }).then(() => decodeSafetensors(readFileSync(file))),
      writeNetworkFile({ ...request, format: 'md', file: card }).then(() => readFileSync(card, 'utf8')),
    ]);
  };
  let used = '';
  const [onAll, card] = await trainOnAllImages(tiny, { run }, {}, (whole) => {
    used = whole.checkpoint!.file;
    return save(whole);
  });
  expect(existsSync(used)).toBe(false);
  const [own, ownCard] = await save();
  // The frozen layer is baseA's in both, and all above has learned from other images, from which another mean is subtracted.
  const same = (name: string) =>
    Buffer.from(onAll.tensors.get(name)!.data.buffer).equals(Buffer.from(own.tensors.get(name)!.data.buffer));
  expect(['conv1.weight', 'fc2.weight', 'mean_image'].map(same)).toEqual([true, false, false]);
  expect(onAll.metadata).toMatchObject({
    steps: String(2 * steps),
    trained_on: expect.stringContaining('measured by the network that did not see them'),
    held_out_total: own.metadata.held_out_total,
  });
  expect(own.metadata).not.toHaveProperty('trained_on');
  expect([card, ownCard].map((text) => text.includes('nothing is left to measure it on'))).toEqual([true, false]);
  // What is stored of the study stays as it was.
  expect(tiny.store.findRun(run)).toMatchObject({ status: 'finished', steps });
}, 180_000);
