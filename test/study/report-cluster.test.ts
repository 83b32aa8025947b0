import { describe, expect, it } from 'vitest';
import type { ReportedPlace } from '../../src-main/study/analysis/study-report.ts';
import { protocolFacts } from '../../src-main/study/report/protocol-facts.ts';
import { madeUpStudy } from './report-made-up.ts';

const study = madeUpStudy();
const usual: Omit<ReportedPlace, 'run'> = {
  ...{ node: 'n1', processor: 'Xeon 6230', engine: 'onnx 1.22', threads: 4, job: '7' },
  nodeSeconds: 900,
};
/** The report's facts of a cluster, where its first networks had these places. */
function clusterFacts(places: readonly ReportedPlace[] | undefined): Record<string, string> | undefined {
  const list = protocolFacts({ ...study, places }).find(({ title }) => title === 'Cluster');
  return list && Object.fromEntries(list.facts.map(({ name, value }) => [name, value]));
}
const everywhere = (change: (index: number) => Partial<ReportedPlace> = () => ({})) =>
  study.runs.map(({ key }, index) => ({ run: key, ...usual, ...change(index) }));

describe('the protocol of a study that was trained on a cluster', () => {
  it('has nodes, processors, engines and node-hours', () => {
    const facts = clusterFacts(everywhere((index) => ({ node: index === 0 ? 'n2' : 'n1' })));
    const networks = study.runs.length;
    expect(facts).toEqual({
      'Trained on nodes': `n1 (${networks - 1} networks); n2 (1 network)`,
      Processors: `Xeon 6230 (${networks} networks)`,
      Engines: `onnx 1.22 (${networks} networks)`,
      'Node-hours': (networks / 4).toFixed(2),
      'Same bytes': 'all networks had the same processor and engine',
    });
  });

  it.each<[string, readonly ReportedPlace[], string]>([
    ['processors', everywhere((index) => ({ processor: index === 3 ? 'EPYC 7742' : 'Xeon 6230' })), 'processors'],
    ['engines', everywhere((index) => ({ engine: index === 3 ? 'onnx 1.21' : 'onnx 1.22' })), 'engines'],
    ['machines', everywhere().slice(1), 'machines: some networks were trained here'],
  ])('says that %s differ', (_, places, words) => {
    expect(clusterFacts(places)!['Same bytes']).toBe(
      `networks differ in ${words}; the last digits of their numbers may, too`,
    );
  });

  it('names the networks that had another processor than most', () => {
    const networks = study.runs.length;
    const { name, replicate } = study.runs[3];
    expect(
      clusterFacts(everywhere((index) => ({ processor: index === 3 ? 'EPYC 7742' : 'Xeon 6230' })))!.Processors,
    ).toBe(`Xeon 6230 (${networks - 1} networks); EPYC 7742 (1 network: ${name} of replicate ${replicate + 1})`);
  });

  it('has none of that where all was trained here', () => {
    expect(clusterFacts(undefined)).toBeUndefined();
  });
});
