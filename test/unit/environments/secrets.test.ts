import { expect, test } from 'vitest';
import { secretsIn, withoutSecrets } from '../../../src/environments/build/secrets.ts';

test.each([
  ['Looking in https://me:pa%20ss@host/simple, http://token@x/', 'Looking in https://***@host/simple, http://***@x/'],
  ['https://user:p@ss@host/', 'https://***@host/'],
  ['https://conda.example/t/xy-123/channel', 'https://conda.example/t/***/channel'],
  ['git+ssh://git@host/a@b', 'git+ssh://***@host/a@b'],
  ['numpy @ 1.0', 'numpy @ 1.0'],
])('who a URL signs in as is not shown: %s', (line, shown) => {
  expect(withoutSecrets(line)).toBe(shown);
});

test('what the host’s settings hold is not shown in any form', () => {
  const settings = [
    'user:s3cret@proxy:3128',
    'https://me:pa%20ss@host/simple',
    'channel_alias: https://c/t/tok-1234/x',
    'no',
  ];
  const secrets = secretsIn([...settings.slice(0, 2), Buffer.from(settings[2] ?? ''), 'no']);
  for (const line of ['proxy says user:s3cret', 'password s3cret', 'pa ss', 'pa%20ss', 'tok-1234'])
    expect(withoutSecrets(line, secrets)).toContain('***');
  expect(withoutSecrets('nothing of it', secrets)).toBe('nothing of it');
});
