import { examineMachine } from '../../app/doctor/doctor.ts';
import { benchmark } from '../../app/planning/benchmark.ts';
import { automaticEngine } from '../../engine/available.ts';
import { UserError } from '../../errors.ts';
import { api } from '../implement.ts';
import { networkOf } from './networks.ts';

export const engineHandlers = {
  examine: api.engine.examine.handler(async ({ context: { workspace } }) => {
    return { findings: await examineMachine(workspace.home), used: automaticEngine(workspace.home) };
  }),
  benchmark: api.engine.benchmark.handler(async function* ({ context: { workspace }, input, signal }) {
    if (workspace.busy.trainings)
      throw new UserError('A study is training: it and the benchmark would slow each other down. Pause it first.');
    yield* benchmark(networkOf({ builtIn: input.network }), workspace.home, signal);
  }),
};
