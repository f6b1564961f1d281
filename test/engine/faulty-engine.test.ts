import { afterEach, beforeEach, expect, test } from 'vitest';
import { request } from '../environment/engine-api.ts';
import { DISK_FULL, type FaultyEngine, startFaultyEngine } from '../environment/faulty-engine.ts';

let engine: FaultyEngine;

beforeEach(async () => {
  engine = await startFaultyEngine();
});

afterEach(() => engine.stop());

test('what no rule names is the real engine', async () => {
  const real = (await request({ path: '/info' })) as { ID: string };
  const seen = (await request({ path: '/v1.41/info', socket: engine.socket })) as { ID: string };
  expect(seen.ID).toBe(real.ID);
  expect(engine.calls).toEqual(['GET /info']);
});

test('an answer is scripted as often as its rule says', async () => {
  engine.setFaults([{ path: /^\/info$/, fault: { kind: 'answer', status: 500, message: 'no luck' }, times: 1 }]);
  await expect(request({ path: '/info', socket: engine.socket })).rejects.toThrow('500 {"message":"no luck"}');
  await expect(request({ path: '/info', socket: engine.socket })).resolves.toHaveProperty('ID');
});

test('an answer is cut in the middle', async () => {
  engine.setFaults([{ path: /^\/info$/, fault: { kind: 'cut', afterBytes: 10 } }]);
  await expect(request({ path: '/info', socket: engine.socket })).rejects.toThrow('aborted');
});

test('a build stream ends in an error line', async () => {
  engine.setFaults([
    { method: 'POST', path: /^\/build$/, fault: { kind: 'stream', lines: [{ stream: 'Step 1/2' }, DISK_FULL] } },
  ]);
  const answer = await request({ method: 'POST', path: '/build', socket: engine.socket });
  expect(String(answer).trimEnd().split('\r\n').at(-1)).toContain('no space left on device');
});
