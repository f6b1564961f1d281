import { type ErrorCode, EzjError } from '../../protocol/errors.ts';
import { withoutSecrets } from './secrets.ts';

const LAST_LINES = 30;

/** ezj installs wheels only, and pip says nothing of a source package that it passes over. */
const FROM_SOURCE =
  'If it exists as source only, name it in `sourcePackages` of ezj.yaml: ezj then asks, because a build runs its code.';

/** Messages of failed tools, with hints. The first match counts. */
const KNOWN: { words: RegExp; hint: string; code?: ErrorCode }[] = [
  {
    words: /No space left on device|not enough free space|Disk quota exceeded/i,
    hint: 'Free some space: `ezj prune` shows what ezj can remove.',
    code: 'disk-full',
  },
  {
    words:
      /CERTIFICATE_VERIFY_FAILED|certificate verif(?:y|ication) failed|SSL certificate problem|unable to get local issuer/i,
    hint: 'A certificate is not trusted: set SSL_CERT_FILE to the certificate bundle of your company, and start again.',
  },
  {
    words:
      /(?:gcc|g\+\+|cc|gfortran|make|cmake|rustc|cargo)['"]?:? (?:command )?(?:failed: )?(?:No such file|not found)|error: command '[^']*(?:gcc|g\+\+|cc)' failed: No such file|No such file or directory: '[^']*(?:gcc|g\+\+|cc|make|cmake)'|No (?:C|Fortran) compiler|Unknown compiler\(s\)/i,
    hint: 'A package needs a compiler, and the image has none: add build-essential and python3-dev to apt.txt.',
  },
  {
    words: /fatal error: Python\.h: No such file/,
    hint: "Python's headers are missing: add python3-dev to apt.txt.",
  },
  {
    words: /fatal error: (\S+\.h): No such file/,
    hint: 'The header $1 is missing: add the Debian package that has it (its name ends in -dev) to apt.txt.',
  },
  {
    words: /THESE PACKAGES DO NOT MATCH THE HASHES|Hashes are required in --require-hashes mode/,
    hint: 'The hash of a file differs from the hash in the requirements: update the hashes, or find out who changed the file.',
  },
  {
    // Of uv. It also calls this a contradiction.
    words: /Wheels are required for `([\w.-]+)`|([\w.-]+)(?:==\S+)? (?:has|have) no (?:usable )?wheels/,
    hint: `There is no wheel of $1 for this Python. ${FROM_SOURCE}`,
  },
  {
    words:
      /ResolutionImpossible|conflicting dependencies|your requirements are unsatisfiable|LibMambaUnsatisfiableError|Could not solve for environment/i,
    hint: 'Two requirements contradict each other: the lines above name them. Relax one of the versions.',
  },
  {
    words: /unable to access index for repository|cannot open URL/,
    hint: 'CRAN did not answer: to use another mirror, set CRAN=URL in your environment or run `ezj config set build.cran URL`.',
  },
  {
    words:
      /Temporary failure in name resolution|Could not resolve|Name or service not known|Network is unreachable|Connection (?:refused|timed out)|NewConnectionError|ConnectTimeoutError|Failed to establish a new connection|Could not connect to/i,
    hint: 'The index or mirror did not answer: check the network with `ezj doctor`. A build uses the proxy and the PIP_INDEX_URL of your environment.',
  },
  {
    words:
      /satisfies the requirement ([\w.-]+)\S* \(from versions: none\)|because ([\w.-]+) was not found in the package registry/i,
    hint: `The index has no $1 for this Python: correct the name, or set the index that has it in PIP_INDEX_URL or pip.conf. ${FROM_SOURCE}`,
  },
  {
    words: /Could not find a version that satisfies the requirement (\S+)|No matching distribution found for (\S+)/,
    hint: `This version does not exist for this Python: the line above lists the versions that exist. Correct $1. ${FROM_SOURCE}`,
  },
  { words: /package ‘(\S+)’ is not available/, hint: 'The repository has no package $1 for this version of R.' },
  { words: /Unable to locate package (\S+)/, hint: 'Debian has no package $1: correct apt.txt.' },
  { words: /has no installation candidate/, hint: 'Debian no longer has this package: correct apt.txt.' },
  {
    words: /neither mamba nor micromamba nor conda/,
    hint: 'Name an image that has one: --image quay.io/jupyter/scipy-notebook, or `image` in ezj.yaml.',
  },
  {
    words: /python3: (?:command )?not found|No module named pip/,
    hint: 'The image has no Python with pip: `ezj --no-env` starts it without the packages of the project.',
  },
  {
    words: /apt-get: (?:command )?not found/,
    hint: 'The image is not based on Debian, so ezj cannot install apt.txt in it.',
  },
];

/** The line with a tool's error message. */
const FAILING = /^(?:\s*(?:ERROR|E|Error|fatal error|error)\b(?!: Ignored the following).*:|Error in )/;

/**
 * The error of a failed step: the failing line, the last 30 lines, and a hint if one is known.
 * `lines`: the step's output, without secrets.
 */
export function stepFailed(from: string, lines: string[], reason: string): EzjError {
  const last = lines.slice(-LAST_LINES);
  const known = KNOWN.map((each) => ({ ...each, match: firstMatch(each.words, last) })).find(({ match }) => match);
  const failing = last.find((line) => FAILING.test(line)) ?? last.at(-1);
  return new EzjError({
    code: known?.code ?? 'build-failed',
    message: `The build failed at ${from}: ${failing?.trim() ?? reason}`,
    details: last,
    hint: known ? fillHint(known.hint, known.match) : `Correct ${from}; \`ezj --no-env\` starts without it.`,
  });
}

/** Messages that only the builder of a Dockerfile prints. */
const KNOWN_OF_DOCKERFILES: typeof KNOWN = [
  {
    words:
      /requires BuildKit|[Uu]nknown flag: (?:mount|link|chmod|parents|exclude|checksum)|\$BUILDPLATFORM|"" is an invalid (?:component|OS|operating)/,
    hint: 'It needs BuildKit, and ezj uses the classic builder: build it yourself with `docker build -t NAME .`, then set `image: NAME` in ezj.yaml.',
  },
  {
    words: /(?:COPY|ADD) failed: .*(?:not found|no source files)|no source files were specified/,
    hint: 'A file that it copies is not in its context, the project folder, or .dockerignore excludes it.',
  },
];

/**
 * The error of a failed Dockerfile build: the engine's error, which has the instruction and the last 30 lines, with the failing
 * line and a hint if one is known.
 */
export function dockerfileFailed(file: string, error: EzjError, secrets: string[]): EzjError {
  // An error with a hint is not one of the builder.
  if (error.code !== 'build-failed' || error.hint !== undefined) return error;
  const last = (error.details ?? []).map((line) => withoutSecrets(line, secrets));
  const known = [...KNOWN_OF_DOCKERFILES, ...KNOWN]
    .map((each) => ({ ...each, match: firstMatch(each.words, [...last, error.message]) }))
    .find(({ match }) => match);
  const failing = last.find((line) => FAILING.test(line));
  const message = withoutSecrets(error.message, secrets);
  return new EzjError({
    code: known?.code ?? 'build-failed',
    message: failing === undefined ? message : `${message}: ${failing.trim()}`,
    details: last,
    hint: known
      ? fillHint(known.hint, known.match).replaceAll('apt.txt', 'the Dockerfile')
      : `Correct ${file}; \`ezj --no-env\` starts without it.`,
    cause: error,
  });
}

function fillHint(hint: string, match: RegExpExecArray | undefined): string {
  return hint.replace('$1', match?.slice(1).find(Boolean) ?? '');
}

function firstMatch(words: RegExp, lines: string[]): RegExpExecArray | undefined {
  for (const line of lines) {
    const match = words.exec(line);
    if (match) return match;
  }
  return undefined;
}
