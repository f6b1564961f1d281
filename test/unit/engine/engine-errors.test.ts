import { expect, test } from 'vitest';
import { toEngineError } from '../../../src/engine/engine-errors.ts';

test.each([
  'could not select device driver "" with capabilities: [[gpu]]',
  'failed to create task: unknown or invalid runtime name: nvidia',
])('an engine without a runtime for GPUs is told apart from other failures: %s', (message) => {
  const error = toEngineError(
    { statusCode: 500, json: { message } },
    { what: 'start the container x', source: 'here' },
  );
  expect(error).toMatchObject({
    code: 'engine-failed',
    message: 'The engine cannot give GPUs to containers: it has no runtime for them',
    details: [message],
    hint: expect.stringContaining('NVIDIA Container Toolkit'),
  });
});
