import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { procedure } from './procedure.ts';

/** What a person has set for good, in the window or by `transplant settings`. What is not set is as it comes. */
export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Whether ? shows the keyboard shortcuts; keys with Ctrl or ⌘ always work. */
  signs: z.boolean().default(true),
  /** Trainings at once where a study doesn't say; null: one for each core. */
  workers: z.int().min(1).max(256).nullable().default(null),
  /** MB for networks that are trained side by side; null: half of what is free. */
  sharedMemory: z.int().min(1).max(1e8).nullable().default(null),
  /** Whether a person who looks elsewhere is told that a study or an import has ended. */
  notifications: z.boolean().default(false),
  /** Whose weights stay when a study is finished. */
  weights: z.enum(['all', 'bases']).default('all'),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Some of them, to be changed. */
export const settingsChangeSchema = z.strictObject({
  theme: settingsSchema.shape.theme.unwrap().optional(),
  signs: z.boolean().optional(),
  workers: settingsSchema.shape.workers.unwrap().optional(),
  sharedMemory: settingsSchema.shape.sharedMemory.unwrap().optional(),
  notifications: z.boolean().optional(),
  weights: settingsSchema.shape.weights.unwrap().optional(),
});
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

/** What a home folder has on disk, by what it is for. */
export const DISK_PARTS = ['images', 'weights', 'results', 'reports', 'cache', 'other'] as const;
const diskUsageSchema = z.object({
  parts: z.array(z.object({ part: z.enum(DISK_PARTS), bytes: z.number(), files: z.int() })),
  /** Bytes; null where the file system can't tell. */
  free: z.number().nullable(),
});
export type DiskUsage = z.infer<typeof diskUsageSchema>;

const moveProgressSchema = z.object({
  phase: z.enum(['copying', 'checking']),
  /** Bytes. */
  done: z.number(),
  total: z.number(),
});
export type MoveProgress = z.infer<typeof moveProgressSchema>;

export const settings = {
  read: procedure.output(settingsSchema),
  change: procedure.input(settingsChangeSchema).output(settingsSchema),
  /** Goes through all files of the home folder. */
  disk: procedure.output(diskUsageSchema),
  /** Deletes what is made again when it is needed. */
  clearCache: procedure,
  /** Where this build says that newer versions are; null: nowhere. */
  updatePlace: procedure.output(z.object({ place: z.string().nullable() })),
  /** Asks that place, once. Refused where there is none, or where it does not answer. */
  lookForUpdate: procedure.output(z.object({ version: z.string(), newer: z.boolean(), page: z.string() })),
  /** Where the home folder is by its own rule, and the one before it, which stays until it is deleted. */
  place: procedure.output(
    z.object({ home: z.string(), movable: z.boolean(), former: z.object({ path: z.string() }).nullable() }),
  ),
  /**
   * Copies the home folder to an empty or new folder, compares both, and has Transplant use the copy from its next start; the
   * home is closed from then on. Refused while something is under way, and where there is no room.
   */
  moveHome: procedure.input(z.object({ to: z.string().min(1).max(4096) })).output(eventIterator(moveProgressSchema)),
  /** Deletes the former home folder. */
  removeFormer: procedure,
};
