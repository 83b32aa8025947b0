import { z } from 'zod';

/** Tags of a study, at the most. */
const MOST_TAGS = 20;

/** The name that a study is shown by, which can be changed: its protocol keeps the one that it began with. */
export const studyNameSchema = z.string().trim().min(1).max(200);
const tagSchema = z
  .string()
  .min(1)
  .max(40)
  .refine((tag) => tag === cleanTag(tag), 'has commas, or spaces at its ends');

/** What a person has written beside a study. It is no part of its protocol, its id or its numbers. */
export const annotationSchema = z.strictObject({
  /** Plain text. */
  notes: z.string().max(20_000),
  tags: z.array(tagSchema).max(MOST_TAGS).readonly(),
});

/** A change of these; what is absent stays. */
export const annotationChangeSchema = annotationSchema
  .extend({
    name: studyNameSchema,
    /** Hidden from lists until it is asked for. */
    archived: z.boolean(),
  })
  .partial();
export type AnnotationChange = z.infer<typeof annotationChangeSchema>;

/** A tag as it is kept: one line without commas, which stand between tags where several are written. */
function cleanTag(text: string): string {
  return text.replace(/[\s,]+/g, ' ').trim();
}

/** The tags in a text such as `birds, first try`. */
export const tagsIn = (text: string): string[] => withTags([], text.split(','));

/** Tags with further ones, each once, whatever its case. */
export function withTags(tags: readonly string[], more: readonly string[]): string[] {
  const all = [...tags];
  for (const tag of more.map(cleanTag)) if (tag !== '' && !all.some((other) => isSameTag(other, tag))) all.push(tag);
  return all;
}

export const isSameTag = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
