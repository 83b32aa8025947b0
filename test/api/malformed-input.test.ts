import { isContractProcedure, type AnyContractProcedure } from '@orpc/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract, type Api } from '../../src-main/common/contract/contract.ts';
import { connectTo, openDesk } from './in-memory.ts';

type Call = (input: unknown) => Promise<unknown>;

/** Every procedure of the contract by its path. */
function procedures(node: unknown, path: string[] = []): { path: string[]; procedure: AnyContractProcedure }[] {
  if (isContractProcedure(node)) return [{ path, procedure: node }];
  return Object.entries(node as object).flatMap(([name, below]) => procedures(below, [...path, name]));
}
const all = procedures(contract).map(({ path, procedure }) => ({
  name: path.join('.'),
  path,
  schema: procedure['~orpc'].inputSchema,
}));
const withInput = all.filter(({ schema }) => schema !== undefined);

const accepts = async (schema: (typeof all)[number]['schema'], value: unknown): Promise<boolean> =>
  !(await schema!['~standard'].validate(value)).issues;

describe('a renderer that was taken over', () => {
  it('has every procedure that takes input before it', () => {
    expect(withInput.length).toBeGreaterThan(20);
  });

  // One workspace for all: nothing of what is refused may change it.
  let api: Api;
  beforeAll(async () => {
    const { workspace } = await openDesk({ until: afterAll });
    const connection = connectTo(workspace);
    afterAll(connection.close);
    ({ api } = connection);
  });

  it.each(withInput)('is refused by $name whatever it sends that is no input of it', async ({ path, schema }) => {
    const call = path.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], api) as Call;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.dictionary(fc.string(), fc.jsonValue())),
        async (value) => {
          fc.pre(!(await accepts(schema, value)));
          await expect(call(value)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each(['../../etc/passwd', "'; DROP TABLE studies; --", '__proto__', 'f'.repeat(1000), '\u0000'])(
    'can name nothing outside of the store: %j',
    async (name) => {
      const calls = [
        api.images.details({ set: name }),
        api.studies.results({ study: name }),
        api.runs.filters({ run: name, step: 'latest' }),
        api.home.remembered({ key: name }),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    },
  );
});
