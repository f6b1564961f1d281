import { EzjError } from '../protocol/errors.ts';

/** The parts of an image's name. */
export interface ImageReference {
  /** Host, and port where there is one: `docker.io`, `localhost:5000`. */
  registry: string;
  /** Path at the registry, with the `library/` that Docker Hub leaves out. */
  repository: string;
  /** Missing if there is only a digest; `latest` if the name has neither. */
  tag?: string;
  /** `sha256:…`. */
  digest?: string;
  /** The full form: `docker.io/library/debian:latest`. */
  normalized: string;
  /** The form that docker prints: `debian:latest`. */
  familiar: string;
}

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const NAME_LIMIT = 255;

/**
 * Parses the name of an image by the grammar of distribution/reference
 * (https://github.com/distribution/reference/blob/main/reference.go).
 *
 * @throws `usage`, with the value and the reason
 */
export function parseImageReference(value: string): ImageReference {
  const [beforeDigest = '', digest, ...more] = value.split('@');
  if (more.length > 0) throw invalid(value, 'it has more than one @');
  if (digest !== undefined && !DIGEST.test(digest)) throw invalid(value, `${JSON.stringify(digest)} is not a digest`);

  const { name, tag } = splitTag(beforeDigest);
  if (tag !== undefined && !TAG.test(tag)) throw invalid(value, `${JSON.stringify(tag)} is not a tag`);

  const { registry, repository } = splitRegistry(name);
  checkName(value, { registry, repository });
  return compose({ registry, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest });
}

/**
 * Returns the name or ID of an image if it is safe in a path of the engine's API.
 *
 * @throws `usage`, like {@link parseImageReference}
 */
export function checkImageReference(value: string): string {
  if (!/^(?:sha256:)?[0-9a-f]{12,64}$/.test(value)) parseImageReference(value);
  return value;
}

/** The name that docker shows for an image of an engine, without Podman's `localhost/` and without `docker.io/library/`. */
export function familiarTag(tag: string): string {
  const local = tag.replace(/^localhost\//, '');
  try {
    return parseImageReference(local).familiar;
  } catch {
    return local;
  }
}

function splitTag(text: string): { name: string; tag?: string } {
  const colon = text.lastIndexOf(':');
  // A colon before the last slash belongs to a port.
  if (colon < 0 || text.indexOf('/', colon) >= 0) return { name: text };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}

/** The first component is a host if it has a dot, a port or capitals, which no path has, or if it is `localhost`. */
function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const registry = isHost ? first : 'docker.io';
  const path = isHost ? name.slice(slash + 1) : name;
  const hub = registry === 'docker.io' || registry === 'index.docker.io';
  return { registry: hub ? 'docker.io' : registry, repository: hub && !path.includes('/') ? `library/${path}` : path };
}

function checkName(value: string, { registry, repository }: { registry: string; repository: string }): void {
  if (!HOST.test(registry)) throw invalid(value, `${JSON.stringify(registry)} is not a registry`);
  const wrong = repository.split('/').find((component) => !COMPONENT.test(component));
  if (wrong === '' || value === '') throw invalid(value, 'a part of its name is empty');
  if (wrong !== undefined && COMPONENT.test(wrong.toLowerCase()))
    throw invalid(value, 'its name must be in lower case');
  if (wrong !== undefined) throw invalid(value, `${JSON.stringify(wrong)} is not allowed in its name`);
  if (/^[a-f0-9]{64}$/.test(value)) throw invalid(value, 'it is an image id, not a name');
  if (repository.length > NAME_LIMIT) throw invalid(value, `its name is longer than ${NAME_LIMIT} characters`);
}

function compose(parts: Omit<ImageReference, 'normalized' | 'familiar'>): ImageReference {
  const { registry, repository, tag, digest } = parts;
  const suffix = (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
  const short = registry === 'docker.io' ? repository.replace(/^library\/(?=[^/]+$)/, '') : `${registry}/${repository}`;
  return { ...parts, normalized: `${registry}/${repository}${suffix}`, familiar: short + suffix };
}

function invalid(value: string, reason: string): EzjError {
  return new EzjError({
    code: 'usage',
    message: `${JSON.stringify(value)} is not the name of an image: ${reason}`,
    hint: 'A name looks like `quay.io/jupyter/scipy-notebook:latest`.',
  });
}
