import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCondaConfigs } from '../../../src/host/conda-config.ts';
import { indexVariables } from '../../../src/host/package-indexes.ts';

async function files(texts: string[]): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ezj-indexes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return Promise.all(
    texts.map(async (text, i) => {
      const file = path.join(folder, String(i));
      await writeFile(file, text);
      return file;
    }),
  );
}

test('pip’s configuration counts less than its variables, and uv is told the same', async () => {
  const pipConfigs = await files([
    '[global]\nindex-url = https://one/\nproxy = no\n[freeze]\ntimeout = 1\n',
    '[install]\ntrusted-host = a\n  b\n',
  ]);
  const network = {
    proxy: {},
    pipConfigs: [...pipConfigs, '/nowhere/pip.conf'],
    indexes: { PIP_INDEX_URL: 'https://two/' },
  };
  expect(await indexVariables(network)).toEqual({
    PIP_INDEX_URL: 'https://two/',
    PIP_TRUSTED_HOST: 'a b',
    UV_DEFAULT_INDEX: 'https://two/',
    UV_INSECURE_HOST: 'a b',
  });
  const own = { PIP_INDEX_URL: 'https://two/', UV_DEFAULT_INDEX: 'https://three/' };
  expect(await indexVariables({ proxy: {}, indexes: own })).toEqual(own);
});

test('of a .condarc its channels and mirrors reach a build, and none of its folders', async () => {
  const configs = await files([
    'channels: [one]\nchannel_alias: https://me:secret@mirror\npkgs_dirs: [/home/me/pkgs]\n',
    'channels:\n  - two # mine\n',
    'channels: [',
    '- no table\n',
  ]);
  expect(await readCondaConfigs([...configs, '/nowhere/.condarc'])).toBe(
    'channels:\n  - two\nchannel_alias: https://me:secret@mirror\n',
  );
  expect(await readCondaConfigs([], '/bundle.crt')).toBe('ssl_verify: /bundle.crt\n');
  expect(await readCondaConfigs(configs.slice(3))).toBeUndefined();
});
