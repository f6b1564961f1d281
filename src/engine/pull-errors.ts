import { type ErrorCode, EzjError } from '../protocol/errors.ts';
import { codeOfWords, hintOf } from './engine-errors.ts';
import type { ImageReference } from './image-reference.ts';

// The order matters: messages about missing names contain `denied`, and the refusal of a proxy contains `dial tcp`.
const CLASSES: [RegExp, ErrorCode][] = [
  [/no space left on device|ENOSPC|disk quota exceeded/i, 'disk-full'],
  [
    /manifest unknown|manifest for .* not found|no such manifest|name unknown|no matching manifest|not found: does not exist/i,
    'image-not-found',
  ],
  [
    /unauthorized|(?<!permission )denied|authentication required|no basic auth credentials|forbidden|toomanyrequests|too many requests/i,
    'registry-denied',
  ],
  [
    /dial tcp|dial udp|no such host|lookup .* on|name resolution|timeout|timed out|deadline exceeded|x509|tls|certificate|connection re(?:fused|set)|network is unreachable|no route to host|proxyconnect|http response to https|bad gateway|service unavailable|\bEOF$/i,
    'registry-unreachable',
  ],
];

/** Derives an error code from the engine's message about a registry; `pull-failed` if no pattern matches. */
export function classifyPullError(words: string): ErrorCode {
  return CLASSES.find(([pattern]) => pattern.test(words))?.[1] ?? codeOfWords(words) ?? 'pull-failed';
}

/** The error of a pull, with a hint for its cause. */
export function pullError(image: ImageReference, words: string, cause?: unknown): EzjError {
  const code = classifyPullError(words);
  const message = `Could not pull ${image.familiar}: ${words}`;
  return new EzjError({ code, message, hint: hintFor(code, image, words), cause });
}

/** The error of a push, with a hint for its cause. */
export function pushError(image: ImageReference, words: string, cause?: unknown): EzjError {
  const kind = classifyPullError(words);
  const code = kind === 'pull-failed' ? 'push-failed' : kind;
  const message = `Could not push ${image.familiar}: ${words}`;
  return new EzjError({ code, message, hint: pushHintFor(code, image, words), cause });
}

function pushHintFor(code: ErrorCode, image: ImageReference, words: string): string | undefined {
  const login = image.registry === 'docker.io' ? 'docker login' : `docker login ${image.registry}`;
  if (code === 'registry-denied') return `Sign in as a user who can push there: \`${login}\`.`;
  if (code === 'image-not-found') return `Create the repository at ${image.registry} first, or check its name.`;
  return hintFor(code, image, words);
}

function hintFor(code: ErrorCode, { registry }: ImageReference, words: string): string | undefined {
  const login = registry === 'docker.io' ? 'docker login' : `docker login ${registry}`;
  if (/too ?many ?requests/i.test(words))
    return `${registry} limits the number of requests: sign in with \`${login}\`, or wait.`;
  if (code === 'registry-denied') return deniedHint(registry, login);
  if (code === 'image-not-found') return 'Check the name and the tag for a typing error.';
  if (code === 'registry-unreachable') return unreachableHint(registry, words);
  return hintOf(code);
}

function deniedHint(registry: string, login: string): string {
  return registry === 'docker.io'
    ? `Check the name: Docker Hub gives the same answer if a repository does not exist. If it is private, sign in: \`${login}\`.`
    : `If the image is private, sign in: \`${login}\`.`;
}

function unreachableHint(registry: string, words: string): string {
  if (/x509|certificate/i.test(words)) {
    return `The engine does not trust the certificate of ${registry}: give it your organisation's certificate authority (/etc/docker/certs.d/${registry}/ca.crt, or the system's store and a restart of the engine).`;
  }
  return `Check whether this machine reaches ${registry}; behind a proxy, the engine needs its own proxy settings (https://docs.docker.com/engine/daemon/proxy/).`;
}
