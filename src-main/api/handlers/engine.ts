import { examineMachine } from '../../app/doctor.ts';
import { benchmark } from '../../app/benchmark.ts';
import { automaticEngine } from '../../engine/available.ts';
import { UserError } from '../../errors.ts';
import { api } from '../implement.ts';
import { networkOf } from './networks.ts';

export const engineHandlers = {
  examine: api.engine.examine.handler(async ({ context: { desk } }) => {
    return { findings: await examineMachine(desk.home), used: automaticEngine(desk.home) };
  }),
  benchmark: api.engine.benchmark.handler(async function* ({ context: { desk }, input, signal }) {
    if (desk.busy.trainings)
      throw new UserError('A study is training: it and the benchmark would slow each other down. Pause it first.');
    yield* benchmark(networkOf({ builtIn: input.network }), desk.home, signal);
  }),
};
