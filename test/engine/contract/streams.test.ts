import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerEvent, OutputChunk } from '../../../src/engine/engine.ts';
import { ENGINES, type Scratch } from '../scratch.ts';
import { SLEEP, script } from '../scripts.ts';

const BOTH = script('echo héllo; echo wörld >&2', ({ print, printError }) => {
  print('héllo\n');
  printError('wörld\n');
  return 0;
});
const LINES = script('for i in 1 2 3; do echo line $i; done', ({ print }) => {
  for (const i of [1, 2, 3]) print(`line ${i}\n`);
  return 0;
});
const UP = script('echo up; sleep 1000', async ({ print, terminated }) => {
  print('up\n');
  await terminated;
  return 143;
});
const GREET = script('echo $GREETING; id -u; echo err >&2; exit 4', ({ env, user, print, printError }) => {
  print(`${env.GREETING}\n${user}\n`);
  printError('err\n');
  return 4;
});
const SHELL = script('exec sh', async ({ stdin, size, print }) => {
  for await (const line of stdin) {
    print(String(line));
    const [, code] = /^stty size; exit (\d+)$/m.exec(String(line)) ?? [];
    if (code === undefined) continue;
    print(`${size()?.rows} ${size()?.columns}\n`);
    return Number(code);
  }
  return 0;
});
const CAT = script('stty; cat; exit 6', async ({ stdin, print, printError }) => {
  printError('stty: standard input: Inappropriate ioctl for device\n');
  for await (const chunk of stdin) print(String(chunk));
  return 6;
});

describe.each(ENGINES)('streams ($name)', ({ open }) => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await open();
  }, 60_000);
  afterAll(() => scratch.clean());

  describe('containerLogs', () => {
    test('gives both streams as text', async () => {
      const id = await scratch.run(BOTH);
      await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(20_000) });
      const log = await text(await scratch.engine.containerLogs(id, {}));
      expect(log.split('\n').sort()).toEqual(['', 'héllo', 'wörld']);
      expect(await text(await scratch.engine.containerLogs(id, { tail: 1 }))).toMatch(/^(héllo|wörld)\n$/);
    });

    test('follows until the container ends', async () => {
      const id = await scratch.run(LINES);
      expect(await text(await scratch.engine.containerLogs(id, { follow: true }))).toBe('line 1\nline 2\nline 3\n');
    });

    test('ends when the signal fires', async () => {
      const id = await scratch.run(UP);
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
      const id = await scratch.run(SLEEP);
      const result = await scratch.engine.exec(id, { cmd: GREET, user: '77', env: { GREETING: 'héllo' } });
      expect(result.exitCode).toBe(4);
      expect(result.output.split('\n').sort()).toEqual(['', '77', 'err', 'héllo']);
    });

    test('ends with cancelled when it takes too long', async () => {
      const id = await scratch.run(SLEEP);
      await expect(scratch.engine.exec(id, { cmd: SLEEP, timeoutMs: 200 })).rejects.toMatchObject({
        code: 'cancelled',
      });
    });

    test('ends with an error when it prints too much, and keeps the end of what it may print', async () => {
      const id = await scratch.run(SLEEP);
      await expect(scratch.engine.exec(id, { cmd: GREET, maxBytes: 3 })).rejects.toMatchObject({
        code: 'answer-too-long',
      });
      const { exitCode, output } = await scratch.engine.exec(id, { cmd: GREET, keepBytes: 3 });
      expect([exitCode, output.length]).toEqual([4, 3]);
    });

    test('fails on a container that does not run', async () => {
      const id = await scratch.engine.createContainer(scratch.spec());
      await expect(scratch.engine.exec(id, { cmd: ['true'] })).rejects.toMatchObject({ code: 'engine-failed' });
    });
  });

  describe('execInteractive', () => {
    test('is a terminal of the size given, takes input and tells the exit code', async () => {
      const id = await scratch.run(SLEEP);
      const terminal = await scratch.engine.execInteractive(id, { cmd: SHELL, size: { columns: 91, rows: 33 } });
      const output = said(terminal.output, 'stdout');
      await terminal.resize(101, 43);
      terminal.stream.write('stty size; exit 5\n');
      expect(await output).toContain('43 101');
      expect(await terminal.exitCode()).toBe(5);
    });

    test('without a size runs on pipes: both streams apart, and output after the end of the input', async () => {
      const id = await scratch.run(SLEEP);
      const shell = await scratch.engine.execInteractive(id, { cmd: CAT });
      shell.stream.end('a\r\n');
      const chunks: OutputChunk[] = await shell.output.toArray();
      expect(await said(Readable.from(chunks), 'stdout')).toBe('a\r\n');
      expect(await said(Readable.from(chunks), 'stderr')).not.toBe('');
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
      const id = await scratch.run(['true']);
      await scratch.engine.waitForExit(id, { signal: AbortSignal.timeout(20_000) });
      await scratch.engine.removeContainer(id);
      await following;
      expect(seen.map(({ action }) => action)).toEqual(['create', 'start', 'die', 'destroy']);
      expect(seen.every(({ container }) => container === id)).toBe(true);
      expect(seen[0]?.labels).toMatchObject({ 'ezj-test': scratch.label.split('=')[1] });
    });
  });
});

/** What a command has written to one of its streams. */
async function said(output: Readable, source: OutputChunk['source']): Promise<string> {
  const chunks = (await output.toArray()) as OutputChunk[];
  return Buffer.concat(chunks.filter((chunk) => chunk.source === source).map(({ bytes }) => bytes)).toString();
}
