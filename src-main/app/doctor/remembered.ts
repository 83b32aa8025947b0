import { z } from 'zod';
import { type Finding, findingSchema } from '../../common/contract/engine.ts';
import type { Store } from '../../store/records.ts';

type Part = 'basics' | 'libraries';

const rememberedSchema = z.object({
  /** When it was found: ISO 8601, UTC. */
  at: z.iso.datetime(),
  findings: z.array(findingSchema),
});
type Remembered = z.infer<typeof rememberedSchema>;

const settingOf = (part: Part): string => `examined-${part}`;

/** Keeps what was found, so that Engine begins with it: on a busy machine engines take many seconds to try. */
export function rememberFindings(store: Store, part: Part, findings: readonly Finding[]): void {
  store.setSetting(settingOf(part), JSON.stringify({ at: new Date().toISOString(), findings }));
}

/** What was found last, and when; null where nothing was. */
export function rememberedFindings(store: Store): Record<Part, Remembered | null> {
  const of = (part: Part): Remembered | null => {
    const text = store.setting(settingOf(part));
    return text === undefined ? null : (rememberedSchema.safeParse(JSON.parse(text)).data ?? null);
  };
  return { basics: of('basics'), libraries: of('libraries') };
}
