import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { resultFigures } from '../../src-main/study/report/figures.ts';
import { layerFigures } from '../../src-main/study/report/layers.ts';
import type { LayeredNetwork, ReportedLayer } from '../../src-main/study/analysis/study-report.ts';
import { writeReport } from '../../src-main/study/report/write.ts';
import { madeUpStudy } from './report-made-up.ts';

const HOSTILE = '<script>alert("class")</script>';

/** A layer of so many units of which some are shown, each window of one grey. */
function layer(n: number, shown: number, share: number | null): ReportedLayer {
  const size = n === 1 ? 5 : 48;
  return {
    ...{ n, name: `conv${n}`, type: 'conv', window: size, units: 96, silent: 2, constant: 0, share, ofA: share },
    shown: Array.from({ length: shown }, (_, unit) => ({ unit: 2 * unit, class: HOSTILE, share: 4 / 9 })),
    ...{ size, pixels: new Uint8Array(3 * shown * size * size * 3).map((_, at) => Math.floor(at / (3 * size * size))) },
  };
}

const network = (name: string): LayeredNetwork => ({
  ...{ name, replicate: 0, step: 600, among: 2000, asked: 9, chance: { share: 0.15, ofA: 0.5 } },
  layers: [layer(1, 6, 0.3), layer(2, 2, 0.5), layer(3, 0, null)],
});

const bare = { ...madeUpStudy({ replicates: 1, layers: [1, 2] }), filters: [] };

async function written(report: Parameters<typeof writeReport>[0]) {
  const out = mkdtempSync(join(tmpdir(), 'report-layers-'));
  const files = await writeReport(report, out);
  const read = (name: string) => readFileSync(join(out, name));
  return { names: files.map((file) => basename(file)), read, page: parseHTML(read('report.html').toString()).document };
}

test('what excites layers is shown window by window, with its classes as text, and kept as data without pixels', async () => {
  const { names, read, page } = await written({
    ...bare,
    layers: { networks: [network('baseA'), network('A1B')], problems: [] },
  });
  const pictures = [...page.querySelectorAll('.layers img')];
  // None of a layer in which no unit answers.
  expect(pictures).toHaveLength(4);
  expect(pictures[0].getAttribute('alt')).toBe(
    `What excites layer 1 conv1 of baseA, replicate 1: Filter ${[1, 3, 5, 7, 9, 11].map((unit) => `${unit}: 44.4% ${HOSTILE}`).join(', ')}`,
  );
  expect(page.querySelectorAll('script')).toHaveLength(0);
  // Six units beside each other, three windows of each: 5 pixels ten times enlarged, with lines between.
  expect(['width', 'height'].map((name) => pictures[0].getAttribute(name))).toEqual(['307', '154']);
  const { data, info } = await sharp(read('layer-1-baseA.png')).raw().toBuffer({ resolveWithObject: true });
  const at = (column: number, row: number) =>
    data[info.channels * (4 * (1 + row * 51 + 25) * info.width + 4 * (1 + column * 51 + 25))];
  expect([at(0, 0), at(5, 0), at(0, 1), at(5, 2)]).toEqual([0, 5, 6, 17]);
  expect(page.querySelector('.layers')!.textContent).toContain('2 units are silent: never above zero');
  const label = [...page.querySelectorAll('svg')].map((svg) => svg.getAttribute('aria-label'));
  expect(label).toContainEqual(
    'How specific the units of baseA are, images of one class: layer 1 30.0%, layer 2 50.0%; chance 15.0%',
  );
  expect(names).toEqual(expect.arrayContaining(['layers.csv', 'layers.parquet', 'layer-2-A1B.png', 'layer-curve.png']));
  expect(names).not.toContain('layer-3-baseA.png');
  const { layers } = JSON.parse(read('results.json').toString());
  expect(layers.networks[1].layers[0]).toMatchObject({ n: 1, share: 0.3 });
  expect(read('results.json').toString()).not.toContain('"pixels"');
});

test('what can’t be looked at is a sentence, and nothing stands for it', async () => {
  const problem = 'The images of this study are not here.';
  const { names, page } = await written({ ...bare, layers: { networks: [], problems: [problem] } });
  expect(page.body.textContent).toContain(`What excites the layers can’t be shown: ${problem}`);
  expect(names.filter((name) => name.startsWith('layer'))).toEqual([]);
  const without = await written(bare);
  expect(without.page.body.textContent).not.toContain('What excites the layers');
});

test('lines go on from one n that was asked for to the next, as in the window', () => {
  const study = madeUpStudy({ replicates: 1, layers: [1, 3, 6] });
  const analysis = analyse(study);
  const figures = resultFigures(study, analysis).filter(({ name }) => /figure-2|random-control/.test(name));
  const [curve] = layerFigures({ networks: [network('baseA')], problems: [] }, analysis, study.protocol.layers);
  expect(figures).toHaveLength(3);
  for (const { svg } of [...figures, curve]) {
    const paths = [...parseHTML(svg).document.querySelectorAll('path')].map((path) => path.getAttribute('d')!);
    // A line that breaks begins again.
    expect(paths.filter((path) => path.match(/M/g)!.length > 1)).toEqual([]);
  }
});
