import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerEvent } from '../../../src/engine/engine.ts';
import { openScratch, type Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await openScratch();
}, 60_000);
afterAll(() => scratch.clean());

describe('containerLogs', () => {
  test('gives both streams as text', async () => {
    const id = await scratch.run('echo héllo; echo wörld >&2');
    await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(20_000) });
    const log = await text(await scratch.engine.containerLogs(id, {}));
    expect(log.split('\n').sort()).toEqual(['', 'héllo', 'wörld']);
    expect(await text(await scratch.engine.containerLogs(id, { tail: 1 }))).toMatch(/^(héllo|wörld)\n$/);
  });

  test('follows until the container ends', async () => {
    const id = await scratch.run('for i in 1 2 3; do echo line $i; done');
    expect(await text(await scratch.engine.containerLogs(id, { follow: true }))).toBe('line 1\nline 2\nline 3\n');
  });

  test('ends when the signal fires', async () => {
    const id = await scratch.run('echo up; sleep 1000');
    const controller = new AbortController();
    const log = await scratch.engine.containerLogs(id, { follow: true, signal: controller.signal });
    expect(String(await once(log, 'data'))).toBe('up\n');
    const failed = once(log, 'error');
    controller.abort();
    expect(await failed).toMatchObject([{ code: 'cancelled' }]);
  });
});

describe('exec', () => {
  test('gives exit code and output of both streams', async () => {
    const id = await scratch.run('sleep 1000');
    const cmd = ['sh', '-c', 'echo $GREETING; id -u; echo err >&2; exit 4'];
    const result = await scratch.engine.exec(id, { cmd, user: '77', env: { GREETING: 'héllo' } });
    expect(result.exitCode).toBe(4);
    expect(result.output.split('\n').sort()).toEqual(['', '77', 'err', 'héllo']);
  });

  test('ends with cancelled when it takes too long', async () => {
    const id = await scratch.run('sleep 1000');
    await expect(scratch.engine.exec(id, { cmd: ['sleep', '1000'], timeoutMs: 200 })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('fails on a container that does not run', async () => {
    const id = await scratch.engine.createContainer(scratch.spec());
    await expect(scratch.engine.exec(id, { cmd: ['true'] })).rejects.toMatchObject({ code: 'engine-failed' });
  });
});

describe('execInteractive', () => {
  test('is a terminal of the size given, takes input and tells the exit code', async () => {
    const id = await scratch.run('sleep 1000');
    const terminal = await scratch.engine.execInteractive(id, { cmd: ['sh'], size: { columns: 91, rows: 33 } });
    const output = text(terminal.stream);
    await terminal.resize(101, 43);
    terminal.stream.write('stty size; exit 5\n');
    expect(await output).toContain('43 101');
    expect(await terminal.exitCode()).toBe(5);
  });

  test('without a size runs on pipes: both streams in frames, and output after the end of the input', async () => {
    const id = await scratch.run('sleep 1000');
    const cmd = ['sh', '-c', 'stty; cat; exit 6'];
    const shell = await scratch.engine.execInteractive(id, { cmd });
    shell.stream.end('a\r\n');
    const frames = readFrames(await buffer(shell.stream));
    // The engine reads two pipes: which comes first is no promise of its.
    expect(frames.get(1)).toBe('a\r\n');
    expect(frames.get(2)).toContain('stty: ');
    expect(await shell.exitCode()).toBe(6);
  });
});

describe('events', () => {
  test('tells the life of the containers that have the label, and ends with the signal', async () => {
    const controller = new AbortController();
    const seen: ContainerEvent[] = [];
    let ready = () => {};
    const listening = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const following = (async () => {
      for await (const event of scratch.engine.events(scratch.label, { signal: controller.signal, onReady: ready })) {
        seen.push(event);
        if (event.action === 'destroy') controller.abort();
      }
    })();
    await listening;
    const other = await scratch.engine.createContainer(scratch.spec({ labels: { 'ezj-test': 'another' } }));
    await scratch.engine.removeContainer(other);
    const id = await scratch.run('true');
    await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(20_000) });
    await scratch.engine.removeContainer(id);
    await following;
    expect(seen.map(({ action }) => action)).toEqual(['create', 'start', 'die', 'destroy']);
    expect(seen.every(({ container }) => container === id)).toBe(true);
    expect(seen[0]?.labels).toMatchObject({ 'ezj-test': scratch.label.split('=')[1] });
  });
});

/** What each stream has said, by the number in the heads of its frames. */
function readFrames(output: Buffer): Map<number, string> {
  const said = new Map<number, string>();
  for (let at = 0; at < output.length; ) {
    const [stream, end] = [output.readUInt8(at), at + 8 + output.readUInt32BE(at + 4)];
    said.set(stream, (said.get(stream) ?? '') + output.toString('latin1', at + 8, end));
    at = end;
  }
  return said;
}
