import { beforeEach, expect, test, vi } from 'vitest';
import { stop } from '../../../src/cli/commands/stop.ts';
import type { Context } from '../../../src/cli/context.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import type { Session } from '../../../src/protocol/session.ts';

const make = (name: string, more: Partial<Session> = {}): Session => ({
  name,
  state: 'running',
  kind: 'python',
  project: `/work/${name}`,
  image: 'i',
  bind: '127.0.0.1',
  port: 1,
  container: 'c',
  created: new Date(0).toISOString(),
  readOnly: false,
  ...more,
});

let notes: string[];
let stopped: string[];

beforeEach(() => {
  notes = [];
  stopped = [];
});

/** A context with these sessions, of which some cannot be stopped. */
function contextWith(sessions: Session[], failures: Record<string, EzjError> = {}): Context {
  const call = async (route: string, { params: { name } = { name: '' } }: { params?: { name: string } }) => {
    if (route === 'GET /v1/sessions') return sessions;
    if (failures[name]) throw failures[name];
    stopped.push(name);
    return { session: name, outside: [] };
  };
  return {
    client: { call },
    output: { json: false, note: (line: string) => notes.push(line), result: vi.fn() },
    env: {},
  } as unknown as Context;
}

const failure = (message: string) => new EzjError({ code: 'engine-failed', message });

test('stop --all goes on after a failure, and reports each', async () => {
  const sessions = ['a', 'b', 'c'].map((name) => make(name));
  const context = contextWith(sessions, { a: failure('no luck'), b: failure('none either') });
  await expect(stop([], { all: true }, context)).rejects.toMatchObject({
    code: 'engine-failed',
    message: '2 of 3 sessions could not be stopped',
    details: ['a: no luck', 'b: none either'],
  });
  expect(stopped).toEqual(['c']);
});

test('one failure is reported as it is', async () => {
  const context = contextWith([make('a'), make('b')], { a: failure('no luck') });
  await expect(stop([], { all: true }, context)).rejects.toMatchObject({ message: 'no luck' });
  expect(stopped).toEqual(['b']);
});

test('a session that somebody else has stopped meanwhile is no failure of stop --all, but of its name', async () => {
  const gone = new EzjError({ code: 'session-not-found', message: 'There is no session "a".' });
  await stop([], { all: true }, contextWith([make('a'), make('b')], { a: gone }));
  expect(notes).toContain('a is gone already');
  expect(stopped).toEqual(['b']);
  await expect(stop(['a'], {}, contextWith([make('a')], { a: gone }))).rejects.toBe(gone);
});

test('stop --all leaves sessions alone that are stopped and kept; with --discard they go', async () => {
  const sessions = [make('kept', { state: 'stopped' }), make('going')];
  await stop([], { all: true }, contextWith(sessions));
  expect(stopped).toEqual(['going']);
  await stop([], { all: true, discard: true }, contextWith(sessions));
  expect(stopped).toEqual(['going', 'kept', 'going']);
});

test('stop --all shows first what it stops, unless all of it belongs to this folder', async () => {
  await stop([], { all: true }, contextWith([make('a'), make('b')]));
  expect(notes.slice(0, 3)).toEqual(['2 sessions to stop:', '  a · /work/a', '  b · /work/b']);
  notes = [];
  await stop([], { all: true }, contextWith([make('here', { project: process.cwd() })]));
  expect(notes).toEqual(['here is stopped']);
});

test('stop -a, which is activity in list, stops nothing', async () => {
  await expect(stop([], { a: true }, contextWith([make('a')]))).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('ezj stop --all'),
  });
  expect(stopped).toEqual([]);
});
