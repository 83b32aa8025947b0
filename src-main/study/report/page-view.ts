import type { ShownAdvice } from '../../common/results/advice.ts';
import type { ShownHeadline } from '../../common/results/headline.ts';
import type { ShownAnswer } from '../../common/results/statements.ts';
import { cautionOf, effectCell, VERDICT_WORDS, verdictWords } from '../statements/wording.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { baseFindings, type Finding } from '../analysis/comparisons.ts';
import { caveats } from './caveats.ts';
import { questionWords } from './source-words.ts';
import { exampleFindings } from './crossover-words.ts';
import { confusionTables } from './confusion.ts';
import { examplesTable } from './examples.ts';
import type { Figure } from './figures.ts';
import {
  filterKindsTable,
  filterNotes,
  generalityTable,
  populationTables,
  type FirstLayers,
} from '../analysis/first-layer.ts';
import { publishedTables } from './published.ts';
import type { LayerSection } from './layers.ts';
import { methodsParagraph } from './methods.ts';
import { protocolFacts, type FactList } from './protocol-facts.ts';
import { variantSentences } from '../statements/variants.ts';
import type { ReportedSplit, StudyReport } from '../analysis/study-report.ts';
import {
  accuracyTable,
  effectsTable,
  missingTable,
  networkTable,
  runsTable,
  statementsTable,
  timeTable,
} from './tables.ts';
import type { Table } from '../../common/results/tables.ts';

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
  /** What was asked, and how. */
  readonly question: string;
  readonly headlines: readonly ShownHeadline[];
  /** A small curve beside each headline. */
  readonly headlineFigures: readonly Figure[];
  readonly advice: readonly ShownAdvice[];
  /** What the advised networks confuse. */
  readonly confusions: readonly Table[];
  readonly bases: readonly Finding[];
  readonly answers: readonly ShownAnswer[];
  /** What holds for all answers. */
  readonly caution: string;
  readonly caveats: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** Treatments that the paper doesn't have; none for most studies. */
  readonly variants: readonly Finding[];
  /** Few target examples; none for most studies. */
  readonly exampleFindings: readonly Finding[];
  readonly examples: readonly Figure[];
  readonly exampleTable: Table;
  readonly learning: readonly Figure[];
  readonly filters: readonly FilterPicture[];
  /** Tables of the first layers; none if these are not convolutions. */
  readonly filterTables: readonly Table[];
  readonly filterFigures: readonly Figure[];
  readonly filterNotes: readonly string[];
  /** Whether the look of layers goes with their transfer; absent where nothing can be told. */
  readonly looks?: LookSection;
  /** Absent if none were computed. */
  readonly predictors?: PredictorSection;
  /** Absent if not requested. */
  readonly layers?: LayerSection;
  readonly missing: Table;
  /** For the methods section of a paper. */
  readonly methods: string;
  readonly protocol: readonly FactList[];
  readonly network: Table;
  readonly drawing: Figure;
  readonly splits: readonly ReportedSplit[];
  readonly runs: Table;
  readonly time: Table;
  readonly command: string;
}

/** Whether the look of layers goes with their transfer, as the page shows it. */
interface LookSection {
  readonly sentence: string;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
}

/** Cheap predictors of transferability, as the page shows them. */
export interface PredictorSection {
  readonly findings: readonly string[];
  readonly problems: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
}

function shownHeadlines({ headlines, targets }: Analysis): ShownHeadline[] {
  return headlines.map((one) => ({ ...one, about: targets.length > 1 ? `Trained on ${one.target}` : null }));
}

function shownAdvice({ advice, targets }: Analysis): ShownAdvice[] {
  return advice.map((one) => ({ ...one, about: targets.length > 1 ? `Trained on ${one.target}` : null }));
}

function shownAnswers({ answers, targets }: Analysis): ShownAnswer[] {
  return answers.map((answer) => ({
    ...answer,
    verdictWords: verdictWords(answer),
    effectWords: effectCell(answer),
    paperWords: VERDICT_WORDS[answer.paper.verdict],
    about: targets.length > 1 ? `Trained on ${answer.target}` : null,
  }));
}

/** The texts about a study, which both the page and the window show. */
export function wordsOf(report: StudyReport, analysis: Analysis) {
  return {
    headlines: shownHeadlines(analysis),
    advice: shownAdvice(analysis),
    bases: baseFindings(report, analysis),
    answers: shownAnswers(analysis),
    caution: cautionOf(analysis.answers, report.protocol.looks?.at),
    caveats: caveats(report, analysis),
    methods: methodsParagraph(report),
    protocol: protocolFacts(report),
    splits: report.splits,
    command: report.command,
  };
}

export interface Pictures {
  readonly headlineFigures: readonly Figure[];
  readonly figures: readonly Figure[];
  readonly examples: readonly Figure[];
  readonly learning: readonly Figure[];
  readonly drawing: Figure;
  readonly filters: readonly FilterPicture[];
  readonly firstLayers: FirstLayers | undefined;
  readonly filterFigures: readonly Figure[];
  readonly looks?: LookSection;
  readonly predictors?: readonly Figure[];
  readonly layers?: LayerSection;
}

export function pageView(
  report: StudyReport,
  analysis: Analysis,
  { firstLayers, predictors, ...pictures }: Pictures,
): PageView {
  const filterTables = firstLayers
    ? [generalityTable(firstLayers), filterKindsTable(firstLayers), ...populationTables(firstLayers)]
    : [];
  return {
    title: report.study.name,
    unfinished: report.study.status !== 'finished',
    question: questionWords(report),
    ...wordsOf(report, analysis),
    ...pictures,
    confusions: confusionTables(analysis.confusions),
    filterNotes: filterNotes(report, firstLayers),
    filterTables: filterTables.filter(({ rows }) => rows.length > 0),
    tables: [
      statementsTable(analysis),
      effectsTable(analysis),
      accuracyTable(analysis),
      ...publishedTables(report.protocol),
    ].filter(({ rows }) => rows.length > 0),
    variants: analysis.variants.map((variant) => ({
      title: variant.effect[0].toUpperCase() + variant.effect.slice(1),
      text: variantSentences(variant, analysis.cuts),
    })),
    exampleFindings: exampleFindings(analysis),
    exampleTable: examplesTable(analysis),
    ...(report.predictors && { predictors: { ...report.predictors, figures: predictors ?? [] } }),
    missing: missingTable(report),
    network: networkTable(report),
    runs: runsTable(report, analysis),
    time: timeTable(report),
  };
}
