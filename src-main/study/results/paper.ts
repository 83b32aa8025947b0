import { readFileSync } from 'node:fs';
import type { RunResult } from './curves.ts';
import { differences } from './effects.ts';
import type { EffectPoint } from '../../common/results/effects.ts';
import { PAPER_RUNS } from '../../process/program.ts';
import type { Half, TreatmentKind } from '../../common/treatments/treatments.ts';

/**
 * What Yosinski et al. (2014) measured: the last test accuracy and loss in the training logs that the authors published
 * (github.com/yosinski/convnet_transfer, `results/`), as facts to compare a study with. 148 of the paper's 163 networks;
 * of the fine-tuned ones (`transfer-ft`) few logs are there.
 */
export interface PaperRuns {
  /** Four random 500/500 splits of ILSVRC-2012 (Figure 2); replicate = split. */
  readonly random: readonly RunResult[];
  /** A = natural (449 classes), B = man-made (551): Figure 3, left. */
  readonly dissimilar: readonly RunResult[];
  /** Random, frozen lower layers on all 1,000 classes, with their base (Figure 3, right). */
  readonly untrained: readonly RunResult[];
  /** Bases on all 1,000 classes with fewer training images per class (supplement), rising; not a transfer. Top-1 as a fraction. */
  readonly reduced: readonly { readonly perClass: number; readonly top1: number }[];
}

/** ILSVRC-2012 has 50 validation images of each class. The logs give fractions, from which counts are computed. */
const HELD_OUT = { half: 25_000, A: 22_450, B: 27_550, all: 50_000 };

/** Reads the file that ships with the program. */
export function readPaperRuns(): PaperRuns {
  return parsePaperRuns(readFileSync(PAPER_RUNS, 'utf8'));
}

/** Parses `net,iter,top1,loss`. Throws on a row whose name it doesn't know: a fact must not get lost silently. */
export function parsePaperRuns(csv: string): PaperRuns {
  const runs = { random: [] as RunResult[], dissimilar: [] as RunResult[], untrained: [] as RunResult[] };
  const reduced: { perClass: number; top1: number }[] = [];
  for (const line of csv.trim().split(/\r?\n/).slice(1)) {
    const [name, , top1, loss] = line.split(',');
    const few = /^reduced-(\d{4})$/.exec(name);
    if (few) {
      reduced.push({ perClass: Number(few[1]), top1: Number(top1) });
      continue;
    }
    const { set, total, ...run } = treatmentOf(name);
    runs[set].push({ ...run, name, total, correct: Math.round(Number(top1) * total), loss: Number(loss) });
  }
  return { ...runs, reduced };
}

interface Place {
  readonly set: 'random' | 'dissimilar' | 'untrained';
  readonly kind: TreatmentKind | 'base';
  readonly n: number;
  readonly target: Half;
  readonly replicate: number;
  readonly total: number;
}

function treatmentOf(name: string): Place {
  if (name === 'netbase')
    return { set: 'untrained', kind: 'base', n: 0, target: 'B', replicate: 0, total: HELD_OUT.all };
  const untrained = /^nolearn_1_(\d)$/.exec(name);
  if (untrained)
    return {
      set: 'untrained',
      kind: 'random',
      n: Number(untrained[1]),
      target: 'B',
      replicate: 0,
      total: HELD_OUT.all,
    };
  const base = /^half(\d|natman)([AB])$/.exec(name);
  if (base) return { ...splitOf(base[1], base[2] as Half), kind: 'base', n: 0 };
  const transfer = /^transfer(-ft)?(\d)([AB])\2([AB])_1_(\d)$/.exec(name);
  if (transfer) {
    const [, tuned, split, source, target, n] = transfer;
    const kind = source === target ? 'selffer' : 'transfer';
    return { ...splitOf(split, target as Half), kind: tuned ? `${kind}+` : kind, n: Number(n) };
  }
  const dissimilar = /^transfernatman[AB]([AB])_1_(\d)$/.exec(name);
  if (dissimilar) return { ...splitOf('natman', dissimilar[1] as Half), kind: 'transfer', n: Number(dissimilar[2]) };
  throw new Error(`the paper's runs have an unknown row "${name}"`);
}

function splitOf(split: string, target: Half): Pick<Place, 'set' | 'target' | 'replicate' | 'total'> {
  if (split === 'natman') return { set: 'dissimilar', target, replicate: 0, total: HELD_OUT[target] };
  return { set: 'random', target, replicate: Number(split), total: HELD_OUT.half };
}

/** Per n: how far a treatment of the paper's random splits lies from the base of the same half, in points of top-1. */
export function paperCurve(kind: TreatmentKind, paper: PaperRuns = readPaperRuns()): EffectPoint[] {
  return differences(kind === 'random' ? paper.untrained : paper.random, kind, 'base');
}
