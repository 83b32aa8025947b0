import { describe, expect, it } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { comparisonsOf } from '../../src-main/study/analysis/comparisons.ts';
import { dataTables } from '../../src-main/study/data-tables/all.ts';
import { csvOf } from '../../src-main/study/data-tables/formats.ts';
import { methodsParagraph } from '../../src-main/study/report/methods.ts';
import { networkFigure } from '../../src-main/study/report/network-figure.ts';
import { protocolFacts } from '../../src-main/study/report/protocol-facts.ts';
import { accuracyTable, effectsTable, runsTable, statementsTable } from '../../src-main/study/report/tables.ts';
import { madeUpStudy } from './report-made-up.ts';

const LAYERS = [1, 4, 5, 6, 7];
const alexnet = madeUpStudy({ layers: LAYERS });
const report = {
  ...alexnet,
  protocol: { ...alexnet.protocol, network: BUILT_IN_NETWORKS.get('resnet-32')! },
};
const analysis = analyse(report);
const fact = (of: typeof report, name: string) =>
  protocolFacts(of)
    .flatMap(({ facts }) => facts)
    .find((one) => one.name === name)?.value;

describe('the report of a network of blocks', () => {
  it('says after which block each n cuts', () => {
    expect(accuracyTable(analysis).rows.map((row) => row.slice(0, 2))).toEqual([
      ['0', '–'],
      ...[
        ['1', 'conv1'],
        ['4', 'layer1.2'],
        ['5', 'layer2.0'],
        ['6', 'layer2.1'],
        ['7', 'layer2.2'],
      ],
    ]);
    expect(effectsTable(analysis).head.slice(0, 2)).toEqual(['n', 'Cut after']);
    expect(statementsTable(analysis).head).toContain('n = 5\nlayer2.0');
    expect(runsTable(report, analysis).rows.find(([name]) => name === 'A5B')?.[1]).toBe('layer2.0');
    expect(fact(report, 'Layers n')).toBe('1 (conv1), 4 (layer1.2), 5 (layer2.0), 6 (layer2.1), 7 (layer2.2)');
    expect(fact(report, 'Network')).toContain('resnet-32, 20 weight layers, 10 cuts');
    expect(methodsParagraph(report)).toContain(
      'Networks (resnet-32, 20 weight layers, 10 cuts) were trained on each half',
    );
    expect(methodsParagraph(report)).toContain('For n = 1 (conv1), 4 (layer1.2), 5 (layer2.0)');
    expect(analysis.answers.map(({ text }) => text).join(' ')).toMatch(/n = \d \(layer\d\.\d\)/);
  });

  it('lays nothing of the paper beside an n that means something else', () => {
    expect(comparisonsOf('B', report, analysis)).toEqual([]);
    expect(comparisonsOf('B', alexnet, analyse(alexnet))).toHaveLength(4);
    const networks = statementsTable(analysis).rows.map(([, , of]) => of);
    expect(new Set(networks)).toEqual(new Set(['this study']));
    const paper = dataTables(report, analysis)
      .find(({ name }) => name === 'statements')!
      .columns.find(({ name }) => name === 'paper_points')!;
    expect(paper.cells.every((cell) => cell === null)).toBe(true);
  });

  it('has the name beside n in the tables for programs', () => {
    const tables = dataTables(report, analysis);
    for (const name of ['results', 'accuracies', 'effects', 'differences', 'statements']) {
      const table = tables.find((one) => one.name === name)!;
      const names = table.columns.map((column) => column.name);
      expect(names[names.indexOf('n') + 1]).toBe('cut');
    }
    const [head, ...rows] = csvOf(tables.find(({ name }) => name === 'accuracies')!)
      .trim()
      .split('\r\n');
    expect(head).toContain('target,n,cut,top1');
    expect(rows.find((row) => row.startsWith('AnB,'))).toContain(',1,conv1,');
    // A statement is about several n.
    const statements = tables.find(({ name }) => name === 'statements')!;
    const [n, cut] = ['n', 'cut'].map((name) => statements.columns.find((one) => one.name === name)!.cells);
    expect(cut[n.indexOf('4 5 6 7')]).toBe('layer1.2 layer2.0 layer2.1 layer2.2');
  });

  it('has a drawing in which blocks of one kind stand as one where no cut inside was tried', () => {
    const { svg } = networkFigure(report);
    expect(svg).toContain('>layer3.1–2<');
    expect(svg).toContain('>×2<');
    expect(svg).toContain('>layer2.1<');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('n = 5 after layer2.0');
  });
});

describe('the report of an AlexNet', () => {
  it('says n alone, as the paper does', () => {
    const own = analyse(alexnet);
    expect(accuracyTable(own).head.slice(0, 2)).toEqual(['n', 'baseB']);
    expect(fact(alexnet, 'Layers n')).toBe('1, 4, 5, 6, 7');
    expect(methodsParagraph(alexnet)).toContain('(alexnet-32-small, 8 weight layers)');
    const columns = dataTables(alexnet, own).flatMap((table) => table.columns.map(({ name }) => name));
    expect(columns).not.toContain('cut');
  });
});
