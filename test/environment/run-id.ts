import { randomBytes } from 'node:crypto';

/**
 * Stands in a label or a name of all that one run of the tests makes on the engine: `npm test` looks for it at the end.
 * A run of single files has an id of its own.
 */
export const RUN_ID = process.env.EZJ_TEST_RUN ?? randomBytes(4).toString('hex');

/** A word that nobody else uses, and that tells which run has made it. */
export function uniqueName(): string {
  return `${RUN_ID}-${randomBytes(4).toString('hex')}`;
}
