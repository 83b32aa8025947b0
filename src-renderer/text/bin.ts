import { KEPT_DAYS } from '../../src-main/common/contract/bin.ts';
import { moment } from '../../src-main/common/numbers.ts';

/** What was deleted and can be brought back. */
export const binText = {
  deleted: (name: string) => `“${name}” is deleted. For ${KEPT_DAYS} days it can be brought back.`,
  undo: 'Undo',
  title: (things: number) => `Recently deleted (${things})`,
  hint: 'These go for good when Transplant starts after the day that they say.',
  until: (until: string, size: string) => `until ${moment(until)}, keeps ${size}`,
  restore: 'Restore',
  restoreNamed: (name: string) => `Restore ${name}`,
  remove: 'Delete now',
  removeNamed: (name: string) => `Delete ${name} now`,
  removeTitle: (name: string) => `Delete “${name}” for good?`,
  removeQuestion: (size: string) => `${size} of disk are free then. This can’t be undone.`,
  keep: 'Keep it',
  freed: (size: string) => `${size} of disk are free again.`,
};
