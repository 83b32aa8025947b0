import { counted, duration, percent } from '../../common/numbers.ts';
import type { StudyEvent } from '../../study/events.ts';
import { shortReason } from '../failure-reason.ts';
import type { StudyProgress } from '../../study/progress.ts';

/** The line that is printed for an event, however progress is shown; undefined for most events. */
export function eventLine(event: StudyEvent, progress: StudyProgress): string | undefined {
  const label = 'run' in event ? (progress.run(event.run)?.label ?? event.name) : '';
  switch (event.type) {
    case 'study-started':
      return `Study ${event.study} "${event.name}": ${counted(progress.trainings, 'training')}`;
    case 'run-reused':
      return `${label}: ${percent(event.accuracy)}, trained before`;
    case 'run-restarted':
      return `${label}: its process ended (${shortReason(event.reason)}); it goes on from step ${event.fromStep}`;
    case 'run-finished':
      return `${label}: ${percent(event.accuracy)} in ${duration(event.seconds)}`;
    case 'run-failed':
      return `${label}: failed, ${shortReason(event.reason)}`;
    case 'run-skipped':
      return `${label}: left out, ${shortReason(event.reason)}`;
    default:
      return undefined;
  }
}
