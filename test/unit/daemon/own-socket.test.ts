import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Calls } from '../../../src/daemon/idleness.ts';
import { ownSocket, watchSocket } from '../../../src/daemon/own-socket.ts';

async function listen(file: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(file, resolve));
  onTestFinished(() => void server.close());
}

async function socketFile(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'daemon.sock');
  await listen(file);
  return file;
}

test('a socket is lost when its file is removed, and when another process has put its own there', async () => {
  const file = await socketFile();
  const socket = ownSocket(file);
  expect(socket.isLost()).toBe(false);
  await rm(file);
  expect(socket.isLost()).toBe(true);
  await listen(file);
  expect(socket.isLost()).toBe(true);
});

test('a daemon closes when its socket is lost, after the work that is under way', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const calls: Calls = { running: 1, working: 1, lastEndedMs: 0 };
  const close = vi.fn();
  const { signal } = new AbortController();
  watchSocket({ isLost: () => true }, calls, { close, signal, checkMs: 100 });
  vi.advanceTimersByTime(1000);
  expect(close).not.toHaveBeenCalled();
  calls.working = 0;
  vi.advanceTimersByTime(100);
  expect(close).toHaveBeenCalledOnce();
});
