import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLASS_NAMES } from '../../src-main/common/charts/filter-classes.ts';
import { STATEMENTS } from '../../src-main/study/statements/statements.ts';
import { resultFigures } from '../../src-main/study/report/figures.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { filterFitText } from '../../src-renderer/text/filters.ts';
import { layersText } from '../../src-renderer/text/layers.ts';
import { liveText } from '../../src-renderer/text/live.ts';
import { predictorsText, resultsText } from '../../src-renderer/text/results.ts';
import { studyText } from '../../src-renderer/text/study.ts';
import { welcomeText } from '../../src-renderer/text/welcome.ts';
import { madeUpStudy } from '../study/report-made-up.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (...patterns: string[]) =>
  globSync(patterns, { cwd: ROOT }).map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const);

it('calls things by the names of the field', () => {
  expect(predictorsText.work).toBe('Compute predictors');
  expect(filterFitText.ask).toBe('Classify filters');
  expect(layersText.preferred).toBe('Preferred input (synthesised)');
  expect(layersText.sees(5, false)).toBe('receptive field 5 × 5');
  expect(CLASS_NAMES.edge).toBe('low-frequency edge');
  expect(resultsText.random).toBe('Baseline: random features');
  const figures = resultFigures(madeUpStudy(), analyse(madeUpStudy()));
  expect(figures.map(({ title }) => title)).toContain('Baseline: random features');
  expect(studyText.presets.smoke.title).toBe('Smoke test');
  expect(STATEMENTS.map(({ claim }) => claim).join()).toContain('does not recover its accuracy');
});

it('has one word for going on with a study that was paused', () => {
  expect([liveText.resume, resultsText.resume, studyText.resume, welcomeText.resume]).toEqual(Array(4).fill('Resume'));
});

it.each<[phrase: RegExp, instead: string]>([
  [/neither that these networks/i, 'The data neither show nor rule out …'],
  [/find back to its own accuracy/i, 'does not recover its accuracy'],
  [/work (them|it) out['"]/i, 'Compute predictors'],
  [/say what (they|it) (are|is)['"]/i, 'Classify filters'],
  [/would like to see['"]/i, 'Preferred input (synthesised)'],
  [/sees \$\{/, 'receptive field 5 × 5'],
  [/edges? of low frequency/i, 'low-frequency edge'],
  [/untrained lower layers/i, 'Baseline: random features'],
  [/title: 'Smoke'/, 'Smoke test'],
])('never says %s again: %s', (phrase) => {
  const found = read('src-main/**/*.{ts,svelte}', 'src-renderer/**/*.{ts,svelte}', 'docs/*.md', 'README.md');
  expect(found.length).toBeGreaterThan(300);
  expect(found.flatMap(([file, text]) => (phrase.test(text) ? [file] : []))).toEqual([]);
});

it('writes no space before a percent sign', () => {
  // `Top-1 %` is the head of a column.
  const spaced = /(?<!Top-)\d %|\} %/;
  const found = read('src-main/**/*.{ts,svelte}', 'src-renderer/**/*.{ts,svelte}', 'docs/*.md', 'README.md');
  const lines = found.flatMap(([file, text]) =>
    text.split('\n').flatMap((line) => (spaced.test(line) ? [`${file}: ${line.trim()}`] : [])),
  );
  expect(lines).toEqual([]);
});
