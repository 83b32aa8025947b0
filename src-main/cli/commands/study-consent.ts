import type { Announcement } from '../../app/planning/announcement.ts';
import { duration } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { type GlobalOptions, printJson, type Surroundings } from '../terminal/surroundings.ts';

/** Seconds from which a study is begun only if somebody agrees. */
const LONG = 3600;

/**
 * Tells what a study will take, and asks where it is long. Throws a UserError if nobody agrees, or nobody is there to be asked
 * and `--yes` was not given.
 */
export async function askConsent(
  { sentences, seconds }: Announcement,
  options: GlobalOptions & { readonly yes?: boolean },
  surroundings: Pick<Surroundings, 'ask' | 'stdout' | 'stderr'>,
): Promise<void> {
  if (options.json) printJson(surroundings, { type: 'estimate', seconds, sentences });
  else surroundings.stderr.write(`${sentences.join('\n')}\n`);
  if (seconds <= LONG || options.yes) return;
  const time = duration(seconds, { rough: true });
  if (options.json || surroundings.ask === undefined)
    throw new UserError(`This study will take about ${time}: say --yes to begin it, or choose a smaller one.`, {
      usage: true,
    });
  if (!(await surroundings.ask(`Begin? It will take about ${time}. (y/N) `))) throw new UserError('Nothing was begun.');
}
