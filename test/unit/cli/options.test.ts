import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBind } from '../../../src/cli/options/bind.ts';
import {
  parseCpus,
  parseGpus,
  parseImage,
  parseName,
  parsePort,
  parseTail,
  sizeParser,
} from '../../../src/cli/options/parsers.ts';
import { isLoopback } from '../../../src/protocol/addresses.ts';
import { EzjError } from '../../../src/protocol/errors.ts';

const parseMemory = sizeParser('--memory', 64 * 2 ** 20);

describe('values of options', () => {
  test('ports are 1 to 65535', () => {
    expect(parsePort('1')).toBe(1);
    expect(parsePort('65535')).toBe(65_535);
  });

  test.each([
    ['512m', 512 * 2 ** 20],
    ['4g', 4 * 2 ** 30],
    ['4GiB', 4 * 2 ** 30],
    ['4GB', 4 * 2 ** 30],
    ['1.5g', 1.5 * 2 ** 30],
    ['.5 g', 2 ** 29],
    ['65536k', 64 * 2 ** 20],
    ['1t', 2 ** 40],
    [String(2 ** 30), 2 ** 30],
  ])('the size %s is %i bytes', (text, bytes) => expect(parseMemory(text)).toBe(bytes));

  test('CPUs may be parts of one', () => {
    expect(parseCpus('2')).toBe(2);
    expect(parseCpus('.5')).toBe(0.5);
  });

  test('GPUs are all or a number', () => {
    expect(parseGpus('all')).toBe('all');
    expect(parseGpus('2')).toBe(2);
  });

  test.each([
    'debian',
    'debian:trixie-slim',
    'localhost:5000/a/b_c__d:1.0',
    `quay.io/jupyter/scipy-notebook@sha256:${'a'.repeat(64)}`,
    'My.Host/image--name',
    '[::1]:5000/a',
    '0123456789ab',
  ])('%s is an image', (reference) => expect(parseImage(reference)).toBe(reference));

  test('an address of this machine is one to listen on, in any spelling', () => {
    expect(parseBind('127.1.2.3')).toBe('127.1.2.3');
    expect(parseBind('0:0::1')).toBe('0:0::1');
  });

  test('an address to listen on is an IP address, localhost is one', () => {
    expect(parseBind('localhost')).toBe('127.0.0.1');
    expect(parseBind('[::1]')).toBe('::1');
    expect(parseBind('0.0.0.0')).toBe('0.0.0.0');
  });

  test('only 127.0.0.0/8 and ::1 are loopback', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1'].map(isLoopback)).toEqual([true, true, true]);
    expect(['0.0.0.0', '::', '192.168.1.27', '10.127.0.1'].map(isLoopback)).toEqual([false, false, false, false]);
  });

  test.each([
    ['--port', parsePort, ['0', '65536', '-1', '80.5', 'http', '', '1e3', ' 80']],
    ['--memory', parseMemory, ['4', '0', '63m', 'lots', '4x', '-4g', '', '9999999999t', '4 g g']],
    ['--cpus', parseCpus, ['0', '-1', 'two', '', '0.001', 'Infinity', '1,5']],
    ['--gpus', parseGpus, ['0', 'none', '-1', '', '1.5']],
    ['--name', parseName, ['', 'A', 'a_b', '-a', 'a-', 'ä', 'a'.repeat(41), 'a b', 'a.b']],
    ['--image', parseImage, ['', ' ', 'Bad Image', 'UPPER', 'a//b', 'a/', '-a', 'a:b:c', 'a@sha256:1', 'a:', '../a']],
    ['--bind', parseBind, ['192.0.2.1', '2001:db8::1', '', 'example.org', '127.0.0', '1.2.3.4.5', '127.0.0.1:80']],
    ['--tail', parseTail, ['', '-1', 'all', '1.5']],
  ] as [
    string,
    (value: string) => unknown,
    string[],
  ][])('%s refuses what does not fit in one line with the option and the value, exit code 2', (option, parse, values) => {
    for (const value of values) {
      const error = thrownBy(() => parse(value));
      expect(error, `${option} ${value}`).toBeInstanceOf(EzjError);
      expect(error?.exitCode).toBe(2);
      expect(error?.message).toContain(`${option} ${JSON.stringify(value)} is not accepted: `);
      expect(error?.message).not.toContain('\n');
    }
  });

  test('names that are accepted are host labels of at most 40 characters', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const accepted = thrownBy(() => parseName(value)) === undefined;
        return accepted === (/^[a-z0-9-]{1,40}$/.test(value) && !/^-|-$/.test(value));
      }),
    );
    expect(parseName('a'.repeat(40))).toHaveLength(40);
  });
});

function thrownBy(run: () => unknown): EzjError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as EzjError;
  }
}
