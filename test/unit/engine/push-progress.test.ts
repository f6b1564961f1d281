import { expect, test } from 'vitest';
import { parseImageReference } from '../../../src/engine/image-reference.ts';
import { pushError } from '../../../src/engine/pull-errors.ts';
import { reportPush } from '../../../src/engine/push-progress.ts';
import type { ProgressEvent } from '../../../src/protocol/events.ts';

test('a push tells a few times a second how much has gone, of layers alone', () => {
  const events: ProgressEvent[] = [];
  const clock = { now: 0 };
  const progress = reportPush(
    (event) => events.push(event),
    () => clock.now,
  );
  progress.take({ status: 'The push refers to repository [r.io/a]' });
  progress.take({ id: 'a', status: 'Layer already exists' });
  progress.take({ id: 'b', status: 'Pushing', progressDetail: { current: 1_500_000, total: 3_000_000 } });
  expect(events).toEqual([{ type: 'output', line: '0.0 MB, 1 of 1 layers' }]);
  clock.now = 250;
  progress.take({ id: 'b', status: 'Pushing', progressDetail: { current: 2_500_000, total: 3_000_000 } });
  expect(events.at(-1)).toEqual({ type: 'output', line: '2.5 MB, 1 of 2 layers' });
});

test.each([
  ['denied: requested access to the resource is denied', 'registry-denied', 'docker login r.io'],
  ['name unknown: The repository with name a does not exist', 'image-not-found', 'Create the repository at r.io'],
  ['received unexpected HTTP status: 500', 'push-failed', undefined],
])('a push that fails with "%s" is %s', (words, code, hint) => {
  const error = pushError(parseImageReference('r.io/a:1'), words);
  expect(error).toMatchObject({ code, message: `Could not push r.io/a:1: ${words}` });
  if (hint === undefined) expect(error.hint).toBeUndefined();
  else expect(error.hint).toContain(hint);
});
