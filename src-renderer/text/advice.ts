import type { StudyResults } from '../../src-main/common/contract/studies.ts';
import { counted, duration } from '../../src-main/common/numbers.ts';
import { isolated, shortened } from '../../src-main/common/visible.ts';

/** The advice on the Results screen, and what stands beneath it. */
export const adviceText = {
  title: 'Which layers to keep',
  reasons: 'What this rests on',
  mistakes: (name: string) => `What ${name} confuses`,
  /** Titles of the report's tables about mistakes. */
  mistakeTables: /^(Confusion matrix of|Classes that .* confuses|Images that .* gets wrong)/,
  /** The same tables stand among all others, too. */
  beneath: (title: string) => `${title}, beneath the advice`,
  noMistakes: (name: string) => `${name} gets every held-out image right.`,
  takenFor: (name: string) => `as ${isolated(name)}`,
  mistake: (image: StudyResults['confusions'][number]['images'][number], number: number, file: string | null) =>
    `${isolated(image.class)}, taken for ${isolated(image.as)}: ${file === null ? `image ${number}` : isolated(file)}, which ${image.wrong} of ${counted(image.asked, 'network')} get wrong`,
  /** What tells one file from others of its folder. */
  endOf: (file: string) => shortened(file.slice(file.lastIndexOf('/') + 1), 26),
  time: 'Accuracy against training time',
  timeCaption: (line: boolean) =>
    `Each way to make a network for these classes: top-1 accuracy with its 95% interval, against the mean time of a training. ${line ? 'A line joins those that no other beats in both (the Pareto front). ' : ''}The training of the source is left out, as it is there already.`,
  save: (name: string) => `Save ${name}`,
  ask: (name: string) => `Ask ${name} what is in images: drop them here, or choose some`,
  asking: 'Asking the network …',
  leftOut: (name: string, reason: string) => `${name} is left out: ${reason}.`,
  takes: (seconds: number) => `${duration(seconds)} a training`,
  onFront: 'no other is more accurate in less time',
};
