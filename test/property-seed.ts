import fc from 'fast-check';

/**
 * The properties of one commit are tried on the same cases every time, so that a failure is of what was changed; other cases
 * with TRANSPLANT_TEST_SEED=2, 3 and so on.
 */
fc.configureGlobal({ seed: Number(process.env.TRANSPLANT_TEST_SEED ?? 1) });
