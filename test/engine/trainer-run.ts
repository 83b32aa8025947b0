import type { TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import {
  runTrainings,
  type RunTrainingsOptions,
  type TrainingOutcome,
} from '../../src-main/engine/trainer/supervisor.ts';

export type Message<Type> = Extract<TrainerMessage, { type: Type }>;

type Options = Partial<Omit<RunTrainingsOptions, 'onMessage'>> & { onMessage?: (message: TrainerMessage) => void };

/** Runs a job and keeps what was said, with the ids of its processes. */
export async function run(job: TrainingJob, options: Options = {}) {
  const said: TrainerMessage[] = [];
  const processes: number[] = [];
  const restarts: { reason: string; fromStep: number }[] = [];
  let outcome: TrainingOutcome | undefined;
  await runTrainings([job], {
    signal: new AbortController().signal,
    ...options,
    onSpawn: (pid) => {
      processes.push(pid);
      options.onSpawn?.(pid);
    },
    onRestart: (run, reason, fromStep) => {
      restarts.push({ reason, fromStep });
      options.onRestart?.(run, reason, fromStep);
    },
    onEnd: (_run, ended) => (outcome = ended),
    onMessage: (_run, message) => {
      said.push(message);
      options.onMessage?.(message);
    },
  });
  const all = <Type extends TrainerMessage['type']>(type: Type) =>
    said.filter((message): message is Message<Type> => message.type === type);
  return { outcome: outcome!, said, all, processes, restarts };
}

/** What a store ends with: what was said of later steps is dropped when a training goes on from a checkpoint. */
export function lastingOf(said: readonly TrainerMessage[]): Message<'point' | 'snapshot'>[] {
  const lasting: Message<'point' | 'snapshot'>[] = [];
  for (const message of said) {
    if (message.type === 'point' || message.type === 'snapshot') lasting.push(message);
    if (message.type === 'started') while (lasting.length > 0 && lasting.at(-1)!.step > message.step) lasting.pop();
  }
  return lasting;
}
