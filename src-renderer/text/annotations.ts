import { count } from '../../src-main/common/numbers.ts';

/** What a person writes beside studies, and how these are found by it. */
export const annotationText = {
  about: 'Written beside this study',
  name: 'Name of the study',
  rename: 'Rename',
  renameStudy: (name: string) => `Rename ${name}`,
  tags: 'Tags',
  addTag: 'Add a tag',
  removeTag: (tag: string) => `Remove the tag ${tag}`,
  notes: 'Notes',
  addNotes: 'Add notes',
  editNotes: 'Edit the notes',
  keys: 'Ctrl+Enter saves, Escape leaves them as they were.',
  save: 'Save the notes',
  cancel: 'Cancel',
  archive: 'Archive',
  unarchive: 'Take out of the archive',
  archiveHint: 'Hides the study from lists; nothing is deleted',
  isArchived: 'Archived: hidden from lists.',
  search: 'Search studies',
  showArchived: (archived: number) => `Show archived (${count(archived)})`,
  found: (found: number, all: number) => `${count(found)} of ${count(all)} studies`,
  noneFound: 'No study has these words in its name, notes, tags, images or network.',
};
