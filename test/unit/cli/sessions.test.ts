import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseSessions } from '../../../src/cli/commands/stop.ts';
import { findSessions, pickRunning, pickSession } from '../../../src/cli/pick-session.ts';
import { describeStop } from '../../../src/cli/stop-report.ts';
import { createLineProgress } from '../../../src/cli/terminal/progress.ts';
import type { Session } from '../../../src/protocol/session.ts';

const here = process.cwd();
const make = (name: string, more: Partial<Session> = {}): Session => ({
  name,
  state: 'running',
  kind: 'python',
  project: here,
  image: 'i',
  bind: '127.0.0.1',
  port: 1,
  container: 'c',
  created: new Date(0).toISOString(),
  readOnly: false,
  ...more,
});

describe('the session that is meant', () => {
  const other = make('other', { project: '/elsewhere' });

  test('is the one of this folder where none is named', () => {
    expect(pickSession([make('mine'), other], undefined).name).toBe('mine');
  });

  test('is the one of that name, or of that folder', () => {
    expect(pickSession([make('mine'), other], 'other').name).toBe('other');
    expect(pickSession([make('mine'), other], '/elsewhere').name).toBe('other');
    expect(pickSession([make('mine'), other], '.').name).toBe('mine');
  });

  test('is asked for where a folder has two, with their names', () => {
    expect(() => pickSession([make('py'), make('r', { kind: 'r' })], undefined)).toThrow(/py and r/);
  });

  test('is the one that runs where the other is stopped', () => {
    expect(pickSession([make('py', { state: 'stopped' }), make('r')], undefined).name).toBe('r');
  });

  test('is an error with the names that there are where it is missing', () => {
    expect(() => findSessions([other], 'none')).toThrow(
      expect.objectContaining({ code: 'session-not-found', hint: expect.stringContaining('other') }),
    );
    expect(() => findSessions([], undefined)).toThrow(expect.objectContaining({ hint: 'ezj starts one' }));
  });

  test('is named where it belongs to a folder above', () => {
    const sessions = [
      make('far', { project: path.dirname(here) }),
      make('near'),
      make('beside', { project: `${here}-2` }),
    ];
    expect(() => findSessions(sessions, path.join('src', 'cli'))).toThrow(
      expect.objectContaining({ hint: `The folder above, ${here}, has near: add the name` }),
    );
  });

  test('has to run where something is wanted from it', () => {
    expect(() => pickRunning([make('mine', { state: 'stopped' })], undefined)).toThrow(/mine is stopped/);
  });
});

describe('a stop', () => {
  const stopped = make('py', { state: 'stopped' });

  test('takes a session that is stopped already', () => {
    expect(chooseSessions([stopped], [])).toEqual([stopped]);
    expect(chooseSessions([stopped], ['py'])).toEqual([stopped]);
    expect(describeStop({ session: 'py', outside: [] }, { already: true })).toBe('py is stopped already');
  });

  test('that gives files up says what is gone, also of a session that was stopped before', () => {
    const report = { session: 'py', outside: [] };
    const [before, now] = [true, false].map((already) => ({ already, discard: true }));
    expect(describeStop({ ...report, discarded: 1 }, before)).toBe('py is removed, with its 1 changed file');
    expect(describeStop(report, before)).toBe('py is removed');
    expect(describeStop({ ...report, discarded: 2 }, now)).toBe('py is stopped and removed, with its 2 changed files');
    expect(describeStop({ ...report, discarded: 0 }, now)).toBe('py is stopped');
  });

  test('of a folder takes what runs', () => {
    const running = make('r');
    expect(chooseSessions([stopped, running], [])).toEqual([running]);
    expect(chooseSessions([stopped, running], ['py', 'r'])).toEqual([stopped, running]);
  });
});

describe('progress away from a terminal', () => {
  test('is a line a step, and one in ten seconds for a pull with sizes and rate', () => {
    const lines: string[] = [];
    let nowMs = 0;
    const output = { note: (line: string) => lines.push(line), warn: (line: string) => lines.push(`! ${line}`) };
    const { report } = createLineProgress(output as never, () => nowMs);
    const layer = { type: 'layer', id: 'a', phase: 'downloading', totalBytes: 40_000_000 } as const;
    report({ type: 'step', text: 'Pulling x' });
    report({ ...layer, currentBytes: 1 });
    nowMs = 10_000;
    report({ ...layer, currentBytes: 20_000_000 });
    report({ ...layer, phase: 'extracting', currentBytes: 5 });
    nowMs = 20_000;
    report({ ...layer, phase: 'done', currentBytes: 0 });
    report({ type: 'output', line: 'noise' });
    report({ type: 'build-step', image: 'r', step: 2, steps: 9, text: 'RUN a \\\n  b' });
    report({ type: 'warning', text: 'careful' });
    expect(lines).toEqual([
      'Pulling x',
      'pulling: 20 MB of 40 MB, 0 of 1 layers, 2 MB/s',
      'pulling: 40 MB of 40 MB, 1 of 1 layers, 2 MB/s',
      'r 2/9: RUN a \\ b',
      '! careful',
    ]);
  });
});
