import { expect, test } from 'vitest';
import { readAptPackages } from '../../../src/environments/apt-packages.ts';
import { readRequirements } from '../../../src/environments/requirements.ts';

const file = (path: string, text: string | Buffer) => ({ path, content: Buffer.from(text as string) });

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
])('the project’s own code is left out and named: %s', async (line) => {
  const { files, notes, count } = await requirements({ 'requirements.txt': `six\n${line}\n` });
  expect([files[0]?.content.toString(), count]).toEqual(['six\n', 1]);
  expect(notes).toEqual([expect.stringMatching(/^requirements\.txt, line 2: .* own code/)]);
});

test('a repository without a commit is taken, and said not to be fixed', async () => {
  const commit = 'a'.repeat(40);
  const text = `git+https://example.org/x@main\ngit+https://example.org/x@${commit}#egg=x\n-e git+https://example.org/y@${commit}\n`;
  expect(await requirements({ 'requirements.txt': text })).toMatchObject({
    count: 3,
    notes: [expect.stringContaining('line 1')],
  });
});

test.each([
  ['--evil', '--evil is no option'],
  ['--install-option=x', '--install-option is no option'],
  ['; rm -rf /', 'is no requirement'],
  ['$(touch /tmp/x)', 'is no requirement'],
  ['`id`', 'is no requirement'],
  ['six && id', 'is no requirement'],
  ['-r https://example.org/r.txt', 'is not included'],
  ['-r /etc/passwd', 'lies outside the project'],
  ['-r ../secret.txt', 'there is no ../secret.txt in the project'],
  ['-r missing.txt', 'there is no missing.txt in the project'],
  ['-r --evil', 'there is no --evil in the project'],
  ['--find-links ./wheels', 'with a URL only'],
])('%s is refused with its line', async (line, why) => {
  const failure = requirements({ 'requirements.txt': `six\n\n${line}\n` });
  await expect(failure).rejects.toMatchObject({
    code: 'environment-invalid',
    message: expect.stringContaining(`requirements.txt, line 3: `),
  });
  await expect(failure).rejects.toThrow(why);
});

test('apt.txt holds names of packages, with version or architecture, and comments', () => {
  const text = '# tools\n gcc  g++\nlibfoo1.2-dev=1:2.0~rc1-1+b1 # newest\r\nlibc6:i386\n\n';
  expect(readAptPackages(file('apt.txt', text))).toEqual(['gcc', 'g++', 'libfoo1.2-dev=1:2.0~rc1-1+b1', 'libc6:i386']);
});

test.each([
  '--evil',
  'x; id',
  '$(id)',
  'gcc&&id',
  '-o=APT::x',
  '../x.deb',
  'Gcc',
  '/x.deb',
])('apt.txt: %s is refused with its line', (line) => {
  expect(() => readAptPackages(file('apt.txt', `jq\n${line}\n`))).toThrow(/^apt\.txt, line 2: ".+" is no name/);
});
