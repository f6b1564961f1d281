import { expect, test } from 'vitest';
import type { EngineInfo } from '../../../src/engine/engine.ts';
import { identityOf } from '../../../src/sessions/docker/identity.ts';

const user = { uid: 1234, gid: 1235 };

test('a session runs as the user', () => {
  expect(identityOf({ user }, { rootless: false } as EngineInfo)).toEqual(user);
});

test('in a rootless engine it runs as root, which is the user there', () => {
  expect(identityOf({ user }, { rootless: true } as EngineInfo)).toEqual({ uid: 0, gid: 0 });
});

test('where the system has no user ids, it runs as the first ordinary user', () => {
  expect(identityOf({ user: undefined }, { rootless: false } as EngineInfo)).toEqual({ uid: 1000, gid: 1000 });
});
