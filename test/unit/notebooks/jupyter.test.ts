import { expect, test } from 'vitest';
import { tokenInLog } from '../../../src/notebooks/jupyter.ts';

const token = '0123456789abcdef0123456789abcdef0123456789abcdef';

test.each([
  [
    'jupyter_server 2.3 and later',
    `[I 2026-01-01 ServerApp] http://host:8888/lab?token=${token}\n    http://127.0.0.1:8888/lab?token=${token}`,
    '/',
  ],
  ['jupyter_server up to 2.1', ` or http://127.0.0.1:8888/lab?token=${token}`, '/'],
  ['notebook 6.4', `[I NotebookApp] http://host:8888/?token=${token}`, '/'],
  ['notebook 5', `http://(host or 127.0.0.1):8888/?token=${token}`, '/'],
  ['a base path', `http://127.0.0.1:8888/user/ann/lab?token=${token}`, '/user/ann/'],
  ['colours', `\u001b[32mhttp://127.0.0.1:8888/tree?token=${token}\u001b[39m`, '/'],
])('the token is found in the log of %s', (_, log, basePath) => {
  expect(tokenInLog(log)).toEqual([{ token, basePath }]);
});

test('a log that hides the token gives none', () => {
  expect(tokenInLog('http://127.0.0.1:8888/lab?token=...')).toEqual([]);
});
