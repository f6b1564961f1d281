import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkImageReference, familiarTag, parseImageReference } from '../../../src/engine/image-reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

// After https://github.com/distribution/reference/blob/main/reference_test.go and normalize_test.go.
test.each([
  ['debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['debian:trixie-slim', 'docker.io/library/debian:trixie-slim', 'debian:trixie-slim'],
  ['rocker/rstudio:4.4', 'docker.io/rocker/rstudio:4.4', 'rocker/rstudio:4.4'],
  ['docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['index.docker.io/library/debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['quay.io/jupyter/scipy-notebook', 'quay.io/jupyter/scipy-notebook:latest', 'quay.io/jupyter/scipy-notebook:latest'],
  ['localhost/foo', 'localhost/foo:latest', 'localhost/foo:latest'],
  ['localhost:5000/a/b:1', 'localhost:5000/a/b:1', 'localhost:5000/a/b:1'],
  ['[::1]:5000/a', '[::1]:5000/a:latest', '[::1]:5000/a:latest'],
  ['Host/a', 'Host/a:latest', 'Host/a:latest'],
  ['a__b/c--d/e.f', 'docker.io/a__b/c--d/e.f:latest', 'a__b/c--d/e.f:latest'],
  [`debian@${DIGEST}`, `docker.io/library/debian@${DIGEST}`, `debian@${DIGEST}`],
  [`debian:1@${DIGEST}`, `docker.io/library/debian:1@${DIGEST}`, `debian:1@${DIGEST}`],
])('%s is %s', (value, normalized, familiar) => {
  expect(parseImageReference(value)).toMatchObject({ normalized, familiar });
});

test.each([
  ['', 'empty'],
  [':latest', 'empty'],
  ['a//b', 'empty'],
  ['a/', 'empty'],
  ['Debian', 'lower case'],
  ['docker.io/Debian', 'lower case'],
  ['a b', '"a b"'],
  ['a___b', '"a___b"'],
  ['-a', '"-a"'],
  ['debian:', '""'],
  ['debian:.1', '".1"'],
  [`debian:${'x'.repeat(129)}`, 'tag'],
  ['debian@sha256:abc', 'digest'],
  [`debian@${DIGEST}@${DIGEST}`, 'more than one @'],
  ['https://quay.io/a', 'registry'],
  ['a'.repeat(256), '255'],
  ['0123456789abcdef'.repeat(4), 'image id'],
])('%s is refused', (value, reason) => {
  expect(() => parseImageReference(value)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining(reason) }),
  );
  expect(() => parseImageReference(value)).toThrow(JSON.stringify(value));
});

const component = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-|--)[a-z0-9]{1,8}){0,2}$/);
const host = fc
  .stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,4}(:[1-9][0-9]{0,3})?$/)
  .filter((name) => !name.endsWith('docker.io'));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

describe('every well-formed name', () => {
  test('gives back its parts', () => {
    fc.assert(
      fc.property(host, path, tag, (registry, repository, version) => {
        const parsed = parseImageReference(`${registry}/${repository}:${version}`);
        expect(parsed).toMatchObject({ registry, repository, tag: version, digest: undefined });
      }),
    );
  });

  test('has forms that mean the same', () => {
    fc.assert(
      fc.property(
        fc.option(host, { nil: undefined }),
        path,
        fc.option(tag, { nil: undefined }),
        (registry, repository, version) => {
          const value = `${registry === undefined ? '' : `${registry}/`}${repository}${version === undefined ? '' : `:${version}`}`;
          // A dot in the first of several parts makes it a host.
          fc.pre(registry !== undefined || !/^[^/]*\..*\//.test(repository));
          const parsed = parseImageReference(value);
          expect(parseImageReference(parsed.normalized)).toEqual(parsed);
          expect(parseImageReference(parsed.familiar)).toEqual(parsed);
        },
      ),
    );
  });
});

test('any text is parsed or refused as usage, never anything else', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      try {
        parseImageReference(value);
      } catch (error) {
        expect(error).toMatchObject({ code: 'usage' });
      }
    }),
  );
});

test.each([
  ['localhost/ezj-python:1', 'ezj-python:1'],
  ['docker.io/library/busybox:latest', 'busybox:latest'],
  ['localhost:5000/a:1', 'localhost:5000/a:1'],
  ['sha256:abc', 'sha256:abc'],
])('the engine’s %s is shown as %s', (tag, familiar) => {
  expect(familiarTag(tag)).toBe(familiar);
});

describe('a name or id for the engine', () => {
  test.each([
    'debian',
    'localhost:5000/a/b:1',
    'ba3ba2310cd7',
    `sha256:${'0a'.repeat(32)}`,
    'f'.repeat(64),
  ])('%s passes', (value) => {
    expect(checkImageReference(value)).toBe(value);
  });

  test.each(['../containers/abc', 'a/../../info', 'two words', 'a?b=c', ''])('%j is refused', (value) => {
    expect(() => checkImageReference(value)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
