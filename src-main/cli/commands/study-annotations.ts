import type { Command } from 'commander';
import {
  type AnnotationChange,
  annotationChangeSchema,
  isSameTag,
  tagsIn,
  withTags,
} from '../../common/annotations.ts';
import { UserError } from '../../errors.ts';
import type { Annotation, StudyRecord } from '../../store/records.ts';
import { findStudy, parseFilled, parseName } from '../terminal/parse.ts';
import { reading, working } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings } from '../terminal/surroundings.ts';

/** `transplant study rename`, `tag`, `note` and `archive` change what a person has written beside a study. */
export function addAnnotationCommands(study: Command, surroundings: Surroundings): void {
  study
    .command('rename')
    .description('give a study another name; its ID and numbers stay')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .argument('<name>', 'the new name', parseName)
    .addHelpText('after', '\nExample:\n  transplant study rename 3f2a "Birds, three seeds"')
    .action(async (id: string, name: string, _options: object, command: Command) =>
      annotate(id, () => ({ name }), command.optsWithGlobals(), surroundings),
    );
  study
    .command('tag')
    .description('add tags to a study, by which it is found')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .argument('<tags...>', 'words; one with spaces in quotes')
    .option('--remove', 'take these tags away instead')
    .addHelpText(
      'after',
      '\nExamples:\n  transplant study tag 3f2a birds draft\n  transplant study tag 3f2a draft --remove',
    )
    .action(async (id: string, words: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { remove?: boolean }>();
      const given = words.flatMap(tagsIn);
      const change = ({ tags }: Annotation) => ({
        tags: options.remove
          ? tags.filter((tag) => !given.some((other) => isSameTag(tag, other)))
          : withTags(tags, given),
      });
      await annotate(id, change, options, surroundings);
    });
  study
    .command('note')
    .description('write a note beside a study, in place of the one that is there; without a text, print it')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .argument('[text]', 'the note; "" removes it')
    .addHelpText(
      'after',
      '\nExamples:\n  transplant study note 3f2a "Lights were off in half of the pictures."\n  transplant study note 3f2a',
    )
    .action(async (id: string, text: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      if (text === undefined) await printNote(id, options, surroundings);
      else await annotate(id, () => ({ notes: text.trim() }), options, surroundings);
    });
  study
    .command('archive')
    .description('hide a study from lists; nothing of it is deleted')
    .argument('<id>', 'the ID of a study, its beginning, or its name', parseFilled('ID'))
    .option('--undo', 'show it in lists again')
    .addHelpText('after', '\nExamples:\n  transplant study archive 3f2a\n  transplant study archive 3f2a --undo')
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { undo?: boolean }>();
      await annotate(id, () => ({ archived: !options.undo }), options, surroundings);
    });
}

async function annotate(
  id: string,
  change: (before: Annotation) => AnnotationChange,
  options: GlobalOptions,
  surroundings: Surroundings,
): Promise<void> {
  await working(surroundings, options, async (application) => {
    const { store } = application;
    const before = findStudy(application, id);
    store.annotateStudy(before.id, checked(change(store.annotation(before.id))));
    const study = store.findStudy(before.id)!;
    const annotation = store.annotation(study.id);
    if (options.json) printJson(surroundings, { type: 'annotated', id: study.id, name: study.name, ...annotation });
    else for (const line of annotationLines(study, annotation)) print(surroundings, line);
  });
}

/** Throws a usage error that says what is too long or too many. */
function checked(change: AnnotationChange): AnnotationChange {
  if (annotationChangeSchema.safeParse(change).success) return change;
  throw new UserError(
    'A note may have 20,000 characters and a study 20 tags of 40 characters each: this is more. Nothing was changed.',
    { usage: true },
  );
}

/** A study with what is written beside it, as people read it. */
function annotationLines({ id, name }: StudyRecord, { notes, tags, archived }: Annotation): string[] {
  return [
    `Study ${id} "${name}"${archived ? ', archived' : ''}`,
    ...(tags.length > 0 ? [`Tags: ${tags.join(', ')}`] : []),
    ...(notes === '' ? [] : [`Notes: ${notes}`]),
  ];
}

async function printNote(id: string, options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  await reading(surroundings, options, (application) => {
    const study = findStudy(application, id);
    const { notes } = application.store.annotation(study.id);
    if (options.json) printJson(surroundings, { type: 'note', id: study.id, notes });
    else print(surroundings, notes === '' ? `Nothing is written beside study ${study.id} "${study.name}".` : notes);
  });
}
