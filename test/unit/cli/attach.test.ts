import { expect, test } from 'vitest';
import { waitForEnd } from '../../../src/cli/start/attach.ts';
import type { Client } from '../../../src/client/client.ts';
import { EzjError } from '../../../src/protocol/errors.ts';

const END = { exitCode: 0, outOfMemory: false };

/** Stands in for the daemon's client: each call takes the next of these. */
function answering(...errors: unknown[]): Client {
  const call = () => (errors.length > 0 ? Promise.reject(errors.shift()) : Promise.resolve(END));
  return { call } as unknown as Client;
}

test.each([
  new EzjError({ code: 'cancelled', message: 'closing' }),
  new EzjError({ code: 'daemon-gone', message: 'gone' }),
  Object.assign(new Error('aborted'), { code: 'ECONNRESET' }),
])('an attachment outlives a daemon that ends: %s', async (error) => {
  expect(await waitForEnd(answering(error), 'a', new AbortController().signal)).toEqual(END);
});

test('an attachment ends with any other failure', async () => {
  const failure = new EzjError({ code: 'engine-gone', message: 'gone' });
  await expect(waitForEnd(answering(failure), 'a', new AbortController().signal)).rejects.toBe(failure);
});
