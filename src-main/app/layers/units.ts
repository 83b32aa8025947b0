import { UserError } from '../../errors.ts';

/** Throws a UserError that says what there is. @param count units of the layer; undefined: it can't be looked at */
export function checkUnits(count: number | undefined, n: number, units: readonly number[]): void {
  if (count === undefined)
    throw new UserError(`Layer ${n} can't be looked at: the network has no such layer, or its weights are not here.`, {
      usage: true,
    });
  const beyond = units.find((unit) => unit >= count);
  if (beyond !== undefined)
    throw new UserError(`There is no unit ${beyond + 1} in layer ${n}: it has ${count}.`, { usage: true });
}
