import { KEPT_DAYS } from '../../src-main/common/contract/bin.ts';
import { count, counted } from '../../src-main/common/numbers.ts';

/** The dialog in which classes get other names and groups. */
export const classesText = {
  edit: 'Edit names and groups',
  title: (set: string) => `Classes of ${set}`,
  intro: 'A group says what belongs together, such as animals and vehicles: Split can put whole groups into a half.',
  search: 'Search classes',
  groupOfAll: 'Group of all that are found',
  setAll: (classes: number) => `Set for ${counted(classes, 'class', 'classes')}`,
  classes: 'Classes with their names and groups',
  name: 'Name',
  group: 'Group',
  nameOf: (name: string) => `Name of ${name}`,
  groupOf: (name: string) => `Group of ${name}`,
  none: 'none',
  more: (classes: number) => `${count(classes)} more classes: search for them.`,
  nameless: (name: string) => `Give ${name} a name.`,
  renamed: (studies: number) =>
    studies === 0
      ? `With other names it is stored anew. The set as it was can be brought back for ${KEPT_DAYS} days.`
      : `With other names it is stored as a new set beside this one, which ${counted(studies, 'study uses', 'studies use')}.`,
  merged: 'Classes of one name become one.',
  cancel: 'Cancel',
  save: 'Save',
  saving: 'Saving …',
};
