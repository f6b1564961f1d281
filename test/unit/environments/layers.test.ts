import { expect, test } from 'vitest';
import { stepFailed } from '../../../src/environments/build/failure.ts';
import { layerHashes } from '../../../src/environments/build/layers.ts';
import type { Step } from '../../../src/environments/step.ts';
import { readPipConfig } from '../../../src/host/package-indexes.ts';

const buildBase = { base: 'ezj/base:0123456789ab', platform: 'linux/amd64' };
const step = (from: string, content: string): Step => ({
  from,
  run: `use ${from}`,
  files: [{ path: from, content: Buffer.from(content) }],
  caches: [],
});
const [apt, pip] = [step('apt.txt', 'jq'), step('requirements.txt', 'six')];

test('a changed file changes its own layer and those after it, and no other', () => {
  const before = layerHashes([apt, pip], buildBase);
  const changed = layerHashes([apt, step('requirements.txt', 'seven')], buildBase);
  expect(changed[0]).toBe(before[0]);
  expect(changed[1]).not.toBe(before[1]);
  expect(layerHashes([apt, pip], buildBase)).toEqual(before);
});

test.each([{ base: 'other' }, { platform: 'linux/arm64' }])('another %o makes other layers', (other) => {
  expect(layerHashes([apt], { ...buildBase, ...other })).not.toEqual(layerHashes([apt], buildBase));
});

test.each([
  ['ERROR: Could not find a version that satisfies the requirement nonsense==7 (from versions: 1.0)', 'nonsense==7'],
  [
    'ERROR: Could not find a version that satisfies the requirement nonsense>=7 (from versions: none)',
    'no nonsense for',
  ],
  ['  × No solution found: Because nonsense was not found in the package registry and you require', 'no nonsense for'],
  ['      And because you require b, we can conclude that your requirements are unsatisfiable.', 'contradict'],
  ['  ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE', 'hashes'],
  ['ERROR: ResolutionImpossible: for help visit', 'contradict'],
  ["error: command 'gcc' failed: No such file or directory", 'build-essential'],
  ['foo.c:1:10: fatal error: Python.h: No such file or directory', 'python3-dev'],
  ['foo.c:1:10: fatal error: gsl/gsl.h: No such file or directory', 'gsl/gsl.h'],
  ["error: [Errno 2] No such file or directory: 'x86_64-linux-gnu-gcc'", 'build-essential'],
  ['Warning: unable to access index for repository https://cloud.r-project.org/src/contrib:', 'CRAN='],
  ['E: Unable to locate package nonsense', 'nonsense'],
  [
    'cause: Because all versions of docopt have no usable wheels, we conclude that your requirements are unsatisfiable.',
    'There is no wheel of docopt for this Python. If it exists as source only, name it in `sourcePackages`',
  ],
  ['hint: Wheels are required for `docopt` because building from source is disabled', 'no wheel of docopt'],
  ['Temporary failure in name resolution', 'did not answer'],
  ['[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed', 'SSL_CERT_FILE'],
])('what a tool says leads to what helps: %s', (line, hint) => {
  expect(stepFailed('apt.txt', ['before', line, 'after'], 'exit code 1')).toMatchObject({
    code: 'build-failed',
    hint: expect.stringContaining(hint),
  });
});

test('a full disk has its own code, and the failing line and the last 30 are told', () => {
  const lines = [...Array(50).keys()].map((n) => `line ${n}`);
  const error = stepFailed(
    'requirements.txt',
    [...lines, 'ERROR: Could not install: [Errno 28] No space left on device', 'after'],
    'exit code 1',
  );
  expect(error.code).toBe('disk-full');
  expect(error.message).toContain('The build failed at requirements.txt: ERROR: Could not install');
  expect(error.details).toHaveLength(30);
});

test('of a pip.conf the indexes count, not the paths of this machine', () => {
  const text = `; mine
[global]
index-url = https://me:pw@host/simple
cert = /etc/ssl/x
extra_index_url =
    https://a/simple
    https://b/simple
[install]
trusted-host: host
[list]
index-url = https://other/
`;
  expect(readPipConfig(text)).toEqual({
    PIP_INDEX_URL: 'https://me:pw@host/simple',
    PIP_EXTRA_INDEX_URL: 'https://a/simple https://b/simple',
    PIP_TRUSTED_HOST: 'host',
  });
});
