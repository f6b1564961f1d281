import { expect, test } from 'vitest';
import { unavailable } from '../../../src/images/unavailable.ts';
import { type ErrorCode, EzjError } from '../../../src/protocol/errors.ts';

const failure = (code: ErrorCode) => new EzjError({ code, message: 'No.' });

test.each([
  'registry-unreachable',
  'registry-denied',
  'image-not-found',
  'pull-failed',
] as const)('after %s another way to an image is tried', (code) => {
  expect(unavailable(failure(code))).toMatchObject({ code });
});

test.each(['disk-full', 'cancelled', 'engine-gone'] as const)('%s ends the start', (code) => {
  expect(() => unavailable(failure(code))).toThrow(expect.objectContaining({ code }));
});
