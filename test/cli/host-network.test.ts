import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { startFaultyEngine } from '../environment/faulty-engine.ts';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { buildImage } from './derived-image.ts';
import { inSession, runFailing, runJson, startNotebook } from './notebooks.ts';

const COMPANY = "# The company's certificate authority";
// Nothing goes through it: a documentation address, that no test reaches.
const PROXY = { HTTP_PROXY: 'http://192.0.2.1:3128', https_proxy: 'http://192.0.2.1:3129', NO_PROXY: 'near.test' };

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await createSandbox();
  // A real certificate, for one that cannot be read would make every program refuse the whole file.
  const bundle = path.join(sandbox.home, 'company.crt');
  await writeFile(bundle, `${COMPANY}\n${tls.rootCertificates[0]}\n`);
  Object.assign(sandbox.env, PROXY, { SSL_CERT_FILE: bundle });
});

afterEach(() => sandbox.cleanup());

test('the user’s certificates and proxies are those of the session', async () => {
  await startNotebook(sandbox);
  const environment = (await inSession(sandbox, ['env'])).split('\n');
  for (const [name, value] of Object.entries(PROXY)) expect(environment).toContain(`${name}=${value}`);
  for (const name of ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT', 'NODE_EXTRA_CA_CERTS']) {
    expect(await inSession(sandbox, ['sh', '-c', `head -n 1 "$${name}"`])).toBe(COMPANY);
  }
  // Python reads it as a whole: the company's, and the public ones that it does not hold.
  const count = 'import ssl; print(len(ssl.create_default_context().get_ca_certs()))';
  expect(Number(await inSession(sandbox, ['python3', '-c', count]))).toBeGreaterThan(50);
});

test('the user’s certificates and proxies are those of a build', async () => {
  // What installs the packages is a bash script: here it says what it finds, and ends the build.
  const script = ['#!/bin/sh', 'env', 'head -n 1 "$(dirname "$1")/host-certificates.crt"', 'exit 3', ''].join('\\n');
  const debian = await buildImage(sandbox, {
    dockerfile: `FROM ${NOTEBOOK_IMAGE}\nRUN printf '${script}' > /bin/bash\n`,
  });
  // ezj's own image is there already: it is hidden, so that it is built.
  const fault = { kind: 'answer', status: 404, message: 'No such image' } as const;
  const engine = await startFaultyEngine({ rules: [{ path: /^\/images\/ezj\/base:[^/]+\/json$/, fault }] });
  onTestFinished(engine.stop);
  sandbox.env.DOCKER_HOST = engine.url;
  await runJson(sandbox, ['config', 'set', 'build.debian', debian]);
  const { code, details = [] } = await runFailing(sandbox, ['images', 'build', 'base']);
  expect(code).toBe('build-failed');
  for (const [name, value] of Object.entries(PROXY)) expect(details).toContain(`${name}=${value}`);
  expect(details.at(-1)).toBe(COMPANY);
});
