import type { BenchmarkRow, Finding } from '../../../src-main/common/contract/engine.ts';

/** Findings about engines, and those about everything else; each in main's order. */
export function findingsByKind(findings: readonly Finding[]): { engines: Finding[]; machine: Finding[] } {
  const isEngine = ({ name }: Finding) => name.startsWith('engine ');
  return { engines: findings.filter(isEngine), machine: findings.filter((finding) => !isEngine(finding)) };
}

/** `onnx` of `engine onnx`; any other name with a capital letter. */
export function titleOfFinding({ name }: Finding): string {
  const plain = name.replace(/^engine /, '');
  return plain === name ? name.charAt(0).toLocaleUpperCase('en') + name.slice(1) : plain;
}

/** The rows of a benchmark; once it is stopped, what was not measured to its end was not measured. */
export const rowsToShow = (rows: readonly BenchmarkRow[], stopped: boolean): BenchmarkRow[] =>
  rows.map((row) => (stopped && row.state === 'measuring' ? { ...row, state: 'waiting' } : row));
