import type { Analysis } from './analysis.ts';
import { caveats, findings, type Finding } from './answer.ts';
import type { Figure } from './figures.ts';
import { protocolFacts, type FactList } from './protocol-facts.ts';
import type { ReportedSplit, StudyReport } from './study-report.ts';
import { accuracyTable, effectsTable, missingTable, networkTable, runsTable, type Table } from './tables.ts';

/** First-layer filters as the page shows them. */
export interface FilterPicture {
  readonly title: string;
  /** `data:image/png;base64,...` */
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

/** Everything on the page, ready to be shown: text, tables of text, SVG markup of our own, pictures as data URLs. */
export interface PageView {
  readonly title: string;
  readonly unfinished: boolean;
  readonly classes: number;
  readonly findings: readonly Finding[];
  readonly caveats: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  readonly learning: readonly Figure[];
  readonly filters: readonly FilterPicture[];
  readonly missing: Table;
  readonly protocol: readonly FactList[];
  readonly network: Table;
  readonly splits: readonly ReportedSplit[];
  readonly runs: Table;
  readonly command: string;
}

export interface Pictures {
  readonly figures: readonly Figure[];
  readonly learning: readonly Figure[];
  readonly filters: readonly FilterPicture[];
}

export function pageView(report: StudyReport, analysis: Analysis, pictures: Pictures): PageView {
  return {
    title: report.study.name,
    unfinished: report.study.status !== 'finished',
    classes: report.splits[0].a.length + report.splits[0].b.length,
    findings: findings(report, analysis),
    caveats: caveats(report, analysis),
    ...pictures,
    tables: [effectsTable(analysis), accuracyTable(analysis)].filter(({ rows }) => rows.length > 0),
    missing: missingTable(report),
    protocol: protocolFacts(report),
    network: networkTable(report),
    splits: report.splits,
    runs: runsTable(report),
    command: report.command,
  };
}
