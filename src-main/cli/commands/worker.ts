import type { Command } from 'commander';
import type { EngineChoice } from '../../common/choices.ts';
import { UserError } from '../../errors.ts';
import { parseEngine } from '../terminal/parse.ts';
import { Interrupted } from '../terminal/session.ts';
import { type GlobalOptions, print, type Surroundings } from '../terminal/surroundings.ts';

/** `transplant worker` does one job of a cluster. */
export function addWorkerCommand(worker: Command, surroundings: Surroundings): void {
  worker
    .argument('<job>', 'a file job.json in a spool')
    .option('--probe <engine>', 'train nothing: write what this node is into the folder <job>', parseEngine)
    .addHelpText('after', '\nExample:\n  transplant worker /shared/spool/runs/KEY/attempt-1/job.json')
    .action(async (file: string, { probe }: { probe?: EngineChoice }, command: Command) => {
      const [{ work, requeue }, { homeFolder }] = await Promise.all([
        import('../../cluster/worker/worker.ts'),
        import('../../app/home.ts'),
      ]);
      const home = homeFolder(command.optsWithGlobals<GlobalOptions>().home);
      const { signals, environment } = surroundings;
      if (probe !== undefined) {
        const { probeNode } = await import('../../cluster/worker/probe.ts');
        const engine = probe === 'auto' ? 'onnx' : probe;
        return probeNode(file, engine, { environment, home });
      }
      const stop = new AbortController();
      const timeIsUp = new AbortController();
      signals.on('SIGTERM', () => stop.abort());
      signals.on('SIGINT', () => stop.abort());
      // Slurm sends it before the time of the job is over (--signal).
      signals.on('SIGUSR2', () => timeIsUp.abort());
      const ending = await work(file, {
        environment,
        home,
        stop: stop.signal,
        timeIsUp: timeIsUp.signal,
      });
      if (ending === 'finished') return print(surroundings, 'Finished.');
      if (ending === 'stopped') throw new Interrupted('Stopped, with a checkpoint.');
      if (!(await requeue(environment)))
        throw new UserError('The time is over, and Slurm does not start this job again.');
    });
}
