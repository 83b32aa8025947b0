import { access, constants } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Application, StudyOutcome, Work } from '../../app/application.ts';
import type { Announcement } from '../../app/planning/announcement.ts';
import { makeFolder } from '../../app/home.ts';
import { count, counted, duration, utcDate } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import type { Annotation, StudyRecord } from '../../store/records.ts';
import { findStudy, parseFilled, parseTime, wholeNumber, withParsedProtocol } from '../terminal/parse.ts';
import { reasonOf, wholeReason } from '../terminal/reasons.ts';
import { Interrupted, reading, working } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';
import { addDeletingCommands } from './deleting.ts';
import { addAnnotationCommands } from './study-annotations.ts';
import { askConsent } from './study-consent.ts';
import { addStudyFileCommands } from './study-file.ts';
import {
  addStudyRunOptions,
  SHARED_MEMORY,
  sharedMemoryParser,
  studyRequest,
  type StudyRunOptions,
  workersParser,
} from './study-options.ts';
import { withSource } from './study-source.ts';
import { addLookCommand } from './look.ts';
import { addStudyPredictCommand } from './study-predict.ts';
import { studySummary } from './study-summary.ts';

interface WorkOptions extends GlobalOptions {
  readonly workers?: number;
  readonly cluster?: string;
  /** MB */
  readonly sharedMemory?: number;
  readonly out?: string;
}

/** `transplant study` has the commands run, list, show, resume, extend, report, predict, pack, unpack, those of annotations, delete and restore. */
export function addStudyCommands(study: Command, surroundings: Surroundings): void {
  study.addHelpText('after', '\nExamples:\n  transplant study run --preset smoke\n  transplant study list');
  addRun(study, surroundings);
  addResume(study, surroundings);
  addExtend(study, surroundings);
  addStudyFileCommands(study, surroundings);
  addLookCommand(study, surroundings);
  addStudyPredictCommand(study, surroundings);
  addAnnotationCommands(study, surroundings);
  addDeletingCommands(study, 'study', surroundings);
  study
    .command('list')
    .description('list the studies of the home folder')
    .option('--archived', 'the archived ones, too')
    .addHelpText('after', '\nExamples:\n  transplant study list\n  transplant study list --archived')
    .action(async (_options: object, command: Command) => listStudies(command.optsWithGlobals(), surroundings));
  study
    .command('show')
    .description('show the status of a study, its accuracies by treatment and n, and its failures')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .addHelpText('after', '\nExamples:\n  transplant study show 3f2a\n  transplant study show 3f2a --json')
    .action(async (id: string, _options: object, command: Command) =>
      showStudy(id, command.optsWithGlobals(), surroundings),
    );
  study
    .command('report')
    .description('write the report of a study: one HTML page, JSON, tables as CSV and Parquet, figures as SVG and PNG')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .option('--out <folder>', 'where the report goes (default: reports/ID in the home folder)', parseFilled('--out'))
    .option('--layers', 'also show what excites the layers of baseA and of a transfer (takes some seconds more)')
    .addHelpText(
      'after',
      '\nExamples:\n  transplant study report 3f2a --out report\n  transplant study report 3f2a --layers',
    )
    .action(async (id: string, _options: object, command: Command) =>
      reportStudy(id, command.optsWithGlobals(), surroundings),
    );
}

function addRun(study: Command, surroundings: Surroundings): void {
  addStudyRunOptions(study.command('run'))
    .description('train all networks of the experiment, and write the report')
    .addHelpText(
      'after',
      `
Examples:
  transplant study run                                       built-in images, all treatments, takes minutes
  transplant study run --data photos/ --preset standard      your own images, nine replicates
  transplant study run --data cifar --split random:20 --layers 1,3,5,7 --treatments AnB,BnB
  transplant study run --data cifar --network resnet-32 --layers stages
  transplant study run --data photos/ --from resnet18.pth    which layers of this network to keep for these images
  transplant study run --data photos/ --from resnet18.pth --input-size 128 --budget 30min
  transplant study run --data photos/ --from cifar           features of another image set
  transplant study run --data photos/ --split split.json --network my-network.json --json`,
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<StudyRunOptions>();
      const request = await studyRequest(options);
      await prepareFolder(options.out);
      const onAnnounced = (announcement: Announcement) => askConsent(announcement, options, surroundings);
      await runAndReport(options, surroundings, async (application, work) => {
        const watch = { ...work, onAnnounced };
        const began = surroundings.now();
        const outcome = await application.runStudy(await withSource(application, request, options, watch), watch);
        const { untilClear } = options;
        if (untilClear === undefined || outcome.stopped || outcome.failed > 0) return outcome;
        const left = untilClear - (surroundings.now() - began) / 1000;
        return left > 0 ? application.goOnUntilClear(outcome.study.id, left, watch) : outcome;
      });
    });
}

function addResume(study: Command, surroundings: Surroundings): void {
  study
    .command('resume')
    .description('resume a study that was stopped; finished trainings are not repeated')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .option(
      '--workers <n>',
      'trainings at once (default: one per core); on each card where CUDA has several',
      workersParser,
    )
    .option(
      '--cluster <name>',
      'train on this cluster, or "here" (default: where it was trained last)',
      parseFilled('--cluster'),
    )
    .option('--shared-memory <MB>', SHARED_MEMORY, sharedMemoryParser)
    .option('--out <folder>', 'where the report goes (default: reports/ID in the home folder)', parseFilled('--out'))
    .addHelpText('after', '\nExample:\n  transplant study resume 3f2a --workers 1')
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<WorkOptions>();
      await prepareFolder(options.out);
      await runAndReport(options, surroundings, (application, watch) => application.resumeStudy(id, watch));
    });
}

function addExtend(study: Command, surroundings: Surroundings): void {
  study
    .command('extend')
    .description('add replicates to a study; the larger study stands for it from then on, and nothing is trained twice')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .option('--replicates <n>', 'how many to add', wholeNumber('--replicates', 1, 100), 1)
    .option(
      '--until-clear <time>',
      'add them one at a time until every statement that can be tested has an answer or is given up: at most for this time',
      parseTime('--until-clear'),
    )
    .option('--workers <n>', 'trainings at once (default: one per core)', workersParser)
    .option('--shared-memory <MB>', SHARED_MEMORY, sharedMemoryParser)
    .option('--out <folder>', 'where the report goes (default: reports/ID in the home folder)', parseFilled('--out'))
    .addHelpText(
      'after',
      '\nExamples:\n  transplant study extend 3f2a --replicates 2\n  transplant study extend 3f2a --until-clear 2h',
    )
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<WorkOptions & { replicates: number; untilClear?: number }>();
      await prepareFolder(options.out);
      const { replicates, untilClear } = options;
      await runAndReport(options, surroundings, (application, watch) =>
        untilClear === undefined
          ? application.extendStudy(id, replicates, watch)
          : application.goOnUntilClear(id, untilClear, watch),
      );
    });
}

/** Runs or resumes a study, writes its report and prints the results. */
async function runAndReport(
  options: WorkOptions,
  surroundings: Surroundings,
  start: (application: Application, watch: Work) => Promise<StudyOutcome>,
): Promise<void> {
  const began = surroundings.now();
  const { outcome, summary, files } = await working(surroundings, options, async (application, watch) => {
    const { workers, cluster } = options;
    const sharedMemory = options.sharedMemory === undefined ? undefined : options.sharedMemory * 1e6;
    const outcome = await start(application, {
      ...watch,
      onNote: watch.note,
      onTrouble: watch.note,
      workers,
      cluster,
      sharedMemory,
    });
    if (outcome.ended) watch.note(outcome.ended);
    if (outcome.stopped) throw new Interrupted(howToResume(outcome.study, options));
    const folder = options.out ?? defaultFolder(application, outcome.study);
    await prepareFolder(folder);
    return {
      outcome,
      summary: studySummary(application, outcome.study),
      files: await application.writeReport(outcome.study.id, folder),
    };
  });
  const seconds = (surroundings.now() - began) / 1000;
  if (options.json) {
    printJson(surroundings, { type: 'result', ...summary.json });
    printJson(surroundings, { type: 'report', files });
  } else {
    print(surroundings, `\n${summary.text}\n`);
    print(surroundings, `Report: ${files[0]}`);
    const expected =
      outcome.estimated === undefined ? '' : ` (estimated: ${duration(outcome.estimated, { rough: true })})`;
    print(surroundings, `Study ${outcome.study.id} took ${duration(seconds)}${expected}.`);
  }
  if (outcome.failed > 0)
    throw new UserError(
      `${counted(outcome.failed, 'training')} of study ${outcome.study.id} could not be done: "transplant study show ${outcome.study.id}" says why, "transplant study resume ${outcome.study.id}" tries again.`,
    );
}

function howToResume(study: StudyRecord, { home }: GlobalOptions): string {
  return `Stopped. Go on with: npx transplant study resume ${study.id}${home === undefined ? '' : ` --home ${shellWord(home)}`}`;
}

const defaultFolder = ({ home }: Application, study: StudyRecord): string => join(home, 'reports', study.id);

/** Creates a report's folder before the work begins, so that a typo does not show only after hours of training. */
async function prepareFolder(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  try {
    makeFolder(resolve(folder));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError(
      `Can't write the report to ${resolve(folder)}: ${reasonOf(error)}. Choose another folder with --out.`,
      { cause: error },
    );
  }
}

async function listStudies(options: GlobalOptions & { archived?: boolean }, surroundings: Surroundings): Promise<void> {
  const all = await reading(surroundings, options, ({ store }) =>
    store.studies().map((study) => ({
      study,
      annotation: store.annotation(study.id),
      runs: store.studyRuns(study.id).map(({ record }) => record),
    })),
  );
  const studies = options.archived ? all : all.filter(({ annotation }) => !annotation.archived);
  if (options.json) {
    for (const { study, annotation, runs } of studies)
      printJson(surroundings, { type: 'study', ...withParsedProtocol(study), ...annotation, trainings: runs.length });
    return;
  }
  const hidden = all.length - studies.length;
  const archived = `${counted(hidden, 'archived study is', 'archived studies are')} not shown: transplant study list --archived`;
  if (studies.length === 0)
    return print(surroundings, hidden > 0 ? archived : 'No studies yet. Run one: transplant study run');
  const rows = studies.map(({ study, annotation, runs }) => [
    study.id,
    study.name,
    study.status,
    `${count(runs.filter(({ status }) => status === 'finished').length)}/${count(runs.length)}`,
    duration(study.seconds),
    utcDate(study.created),
    [...annotation.tags, ...(annotation.archived ? ['(archived)'] : [])].join(', '),
  ]);
  print(surroundings, table(['ID', 'NAME', 'STATUS', 'TRAININGS', 'TIME', 'BEGUN', 'TAGS'], rows, [0, 1, 2, 6]));
  if (hidden > 0) print(surroundings, archived);
}

async function showStudy(id: string, options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  await reading(surroundings, options, (application) => {
    const study = findStudy(application, id);
    const summary = studySummary(application, study);
    const runs = application.store.studyRuns(study.id);
    const annotation = application.store.annotation(study.id);
    const failures = runs.filter(({ record }) => record.status === 'failed');
    if (options.json) {
      const failed = failures.map(({ run, name, replicate, record }) => ({
        run,
        name,
        replicate,
        error: record.error,
      }));
      return printJson(surroundings, {
        type: 'study',
        ...withParsedProtocol(study),
        ...annotation,
        ...summary.json,
        failures: failed,
      });
    }
    const finished = runs.filter(({ record }) => record.status === 'finished').length;
    print(
      surroundings,
      `Study ${study.id} "${study.name}": ${study.status}, ${count(finished)} of ${counted(runs.length, 'training')} done, ` +
        `${duration(study.seconds)} of work\n${writtenBeside(annotation)}\n${summary.text}`,
    );
    for (const { name, replicate, record } of failures)
      print(
        surroundings,
        `Failed: ${name} of replicate ${replicate + 1}, ${wholeReason(record.error ?? 'for no known reason')}`,
      );
    if (study.status === 'stopped') print(surroundings, `\n${howToResume(study, options).replace('Stopped. ', '')}`);
  });
}

function writtenBeside({ tags, notes }: Annotation): string {
  return `${tags.length > 0 ? `Tags: ${tags.join(', ')}\n` : ''}${notes === '' ? '' : `Notes: ${notes}\n`}`;
}

async function reportStudy(
  id: string,
  options: GlobalOptions & { out?: string; layers?: boolean },
  surroundings: Surroundings,
): Promise<void> {
  await reading(surroundings, options, async (application) => {
    const study = findStudy(application, id);
    const folder = options.out ?? defaultFolder(application, study);
    await prepareFolder(folder);
    const files = await application.writeReport(study.id, folder, { layers: options.layers });
    if (options.json) printJson(surroundings, { type: 'report', files });
    else print(surroundings, `Report: ${files[0]}`);
  });
}

/** Quotes a word for a shell, if it needs quotes. */
function shellWord(text: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(text)) return text;
  return process.platform === 'win32' ? `"${text}"` : `'${text.replaceAll("'", `'\\''`)}'`;
}
