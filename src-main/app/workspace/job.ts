import { z } from 'zod';
import { studyRequestSchema } from '../../common/contract/studies.ts';
import { networkSchema } from '../../network/spec.ts';
import type { Application, StudyOutcome, Work } from '../application.ts';

const workers = z.int().optional();
const cluster = z.string().optional();

/** What a study is to do, now or when its turn comes, with all that it takes: plain data, so that the home can remember it. */
export const jobSchema = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('run'),
    request: studyRequestSchema.omit({ network: true, workers: true }).extend({ network: networkSchema.optional() }),
    workers,
    cluster,
  }),
  z.object({ what: z.literal('resume'), study: z.string(), workers, cluster }),
  z.object({ what: z.literal('extend'), study: z.string(), more: z.int(), workers }),
  z.object({ what: z.literal('until-clear'), study: z.string(), seconds: z.number(), workers }),
]);
export type Job = z.infer<typeof jobSchema>;

/** The name that a job is shown by until its trainings are known. */
export const nameOf = ({ store }: Pick<Application, 'store'>, job: Job): string =>
  job.what === 'run' ? (job.request.name ?? job.request.data) : (store.findStudy(job.study)?.name ?? job.study);

export function perform(application: Application, job: Job, work: Work): Promise<StudyOutcome> {
  switch (job.what) {
    case 'run':
      return application.runStudy(job.request, { ...work, cluster: job.cluster });
    case 'resume':
      return application.resumeStudy(job.study, { ...work, cluster: job.cluster });
    case 'extend':
      return application.extendStudy(job.study, job.more, work);
    case 'until-clear':
      return application.goOnUntilClear(job.study, job.seconds, work);
  }
}
