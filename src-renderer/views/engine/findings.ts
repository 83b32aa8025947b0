import type { Finding } from '../../../src-main/api/contract/engine.ts';

/** Findings about engines, and those about everything else; each in main's order. */
export function sorted(findings: readonly Finding[]): { engines: Finding[]; machine: Finding[] } {
  const isEngine = ({ name }: Finding) => name.startsWith('engine ');
  return { engines: findings.filter(isEngine), machine: findings.filter((finding) => !isEngine(finding)) };
}

/** `onnx` of `engine onnx`; any other name with a capital letter. */
export function titleOf({ name }: Finding): string {
  const plain = name.replace(/^engine /, '');
  return plain === name ? name.charAt(0).toLocaleUpperCase('en') + name.slice(1) : plain;
}
