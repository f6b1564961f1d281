import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../../src/engine/image-reference.ts';
import { classifyPullError, pullError } from '../../../src/engine/pull-errors.ts';
import { reportLayers } from '../../../src/engine/pull-progress.ts';
import type { ProgressEvent } from '../../../src/protocol/events.ts';

// The words of Docker 20 to 28, containerd and Podman 4.
test.each([
  ['Get "https://quay.io/v2/": dial tcp: lookup quay.io on 10.0.0.1:53: no such host', 'registry-unreachable'],
  [
    'Get "https://r.io/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    'registry-unreachable',
  ],
  ['Get "https://r.io/v2/": x509: certificate signed by unknown authority', 'registry-unreachable'],
  ['Get "https://r.io/v2/": net/http: TLS handshake timeout', 'registry-unreachable'],
  [
    'Get "https://r.io/v2/": proxyconnect tcp: dial tcp 127.0.0.1:3128: connect: connection refused',
    'registry-unreachable',
  ],
  ['Get "http://r.io/v2/": EOF', 'registry-unreachable'],
  [
    'pinging container registry quay.io: Get "https://quay.io/v2/": dial tcp: lookup quay.io: Temporary failure in name resolution',
    'registry-unreachable',
  ],
  [
    "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    'registry-denied',
  ],
  ['unauthorized: access to the requested resource is not authorized', 'registry-denied'],
  ['Head "https://r.io/v2/a/manifests/1": no basic auth credentials', 'registry-denied'],
  ['toomanyrequests: You have reached your pull rate limit.', 'registry-denied'],
  ['manifest for debian:nope not found: manifest unknown: manifest unknown', 'image-not-found'],
  ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'image-not-found'],
  ['failed to register layer: write /usr/lib/x: no space left on device', 'disk-full'],
  ['filesystem layer verification failed for digest sha256:0', 'pull-failed'],
  ['unexpected EOF of nothing known', 'pull-failed'],
])('"%s" is %s', (words, code) => {
  expect(classifyPullError(words)).toBe(code);
});

describe('the hint of a failed pull', () => {
  const hint = (image: string, words: string) => pullError(parseImageReference(image), words).hint;

  test('names the registry to sign in to', () => {
    expect(hint('ghcr.io/a/b', 'unauthorized')).toContain('docker login ghcr.io');
  });

  test('says that Docker Hub denies names that do not exist', () => {
    expect(hint('no/such', 'denied')).toContain('if a repository does not exist');
  });

  test('speaks of certificates where those are at fault', () => {
    expect(hint('r.io/a', 'x509: certificate signed by unknown authority')).toContain('certificate authority');
  });
});

describe('reportLayers', () => {
  function recorder() {
    const events: ProgressEvent[] = [];
    const clock = { now: 0 };
    return {
      events,
      clock,
      progress: reportLayers(
        (event) => events.push(event),
        () => clock.now,
      ),
    };
  }

  const downloading = (id: string, current: number) => ({
    id,
    status: 'Downloading',
    progressDetail: { current, total: 100 },
  });

  test('reports a layer once in 100 ms, however many lines there are', () => {
    const { events, clock, progress } = recorder();
    for (clock.now = 0; clock.now < 1000; clock.now += 1) progress.take(downloading('a', clock.now / 10));
    expect(events.length).toBe(10);
  });

  test('never holds one layer back for another', () => {
    const { events, progress } = recorder();
    progress.take(downloading('a', 1));
    progress.take(downloading('b', 1));
    expect(events).toMatchObject([{ id: 'a' }, { id: 'b' }]);
  });

  test('reports the end of a layer at once, with its size', () => {
    const { events, progress } = recorder();
    progress.take(downloading('a', 1));
    progress.take({ id: 'a', status: 'Pull complete', progressDetail: {} });
    expect(events.at(-1)).toEqual({ type: 'layer', id: 'a', phase: 'done', currentBytes: 100, totalBytes: 100 });
  });

  test('delivers what was held back at the end', () => {
    const { events, progress } = recorder();
    progress.take(downloading('a', 1));
    progress.take(downloading('a', 99));
    expect(events).toMatchObject([{ currentBytes: 1 }]);
    progress.flush();
    expect(events).toMatchObject([{ currentBytes: 1 }, { currentBytes: 99 }]);
  });

  test('passes over lines that are not about a layer', () => {
    const { events, progress } = recorder();
    progress.take({ id: 'latest', status: 'Pulling from library/debian' });
    progress.take({ status: 'Digest: sha256:0' });
    expect(events).toEqual([]);
  });
});
