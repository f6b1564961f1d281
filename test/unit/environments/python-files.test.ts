import { expect, test } from 'vitest';
import type { Detection, EnvironmentFileName } from '../../../src/environments/detect.ts';
import { writeDockerfile } from '../../../src/environments/dockerfile.ts';
import { readLock } from '../../../src/environments/locked-python.ts';
import { planEnvironment } from '../../../src/environments/plan.ts';

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });

function plan(texts: Partial<Record<EnvironmentFileName, string>>, kind = 'python') {
  const files = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, file(name, text)]));
  return planEnvironment({ project: '/nowhere', folder: '', files } as Detection, kind);
}

const installed = async (texts: Partial<Record<EnvironmentFileName, string>>) =>
  (await plan(texts)).steps.flatMap(({ files }) => files[0]?.content.toString().trim().split('\n'));

test('a pyproject.toml’s dependencies and its group dev, with what is not installed named', async () => {
  const text = `[project]
name = "mine"
dependencies = ["numpy>=1", "pandas[excel] ; python_version > '3.8'"]
[project.optional-dependencies]
gpu = ["cupy"]
[dependency-groups]
test = ["pytest"]
dev = [{ include-group = "test" }, "ruff"]
docs = ["mkdocs"]
`;
  const { notes } = await plan({ 'pyproject.toml': text });
  expect(await installed({ 'pyproject.toml': text })).toEqual([
    'numpy>=1',
    "pandas[excel] ; python_version > '3.8'",
    'pytest',
    'ruff',
  ]);
  expect(notes).toEqual([
    'pyproject.toml: of the dependency groups only dev is installed, not test, docs',
    'pyproject.toml: optional dependencies are not installed: gpu',
  ]);
});

test.each([
  ['[project]\ndependencies = ["x"', /^pyproject\.toml, line 2: column \d+: /],
  ['[project]\ndependencies = "x"', /project\.dependencies: expected a list of strings/],
  ['[project]\ndependencies = ["-r /etc/passwd"]', /is no requirement/],
  ['[project]\ndependencies = ["x; $(id)\\n--evil"]', /is no requirement/],
  ['[dependency-groups]\ndev = [{include-group = "dev"}]', /includes itself/],
  ['[dependency-groups]\ndev = [{include-group = "none"}]', /there is no dependency group "none"/],
])('a pyproject.toml that is wrong is said: %j', async (text, why) => {
  await expect(plan({ 'pyproject.toml': text })).rejects.toThrow(why);
});

test('a Pipfile’s packages', async () => {
  const text =
    '[packages]\nnumpy = "*"\nsix = "==1.0"\nuv = {version = ">=1", extras = ["a"], markers = "os_name == \'posix\'"}\nx = {git = "y"}\n[dev-packages]\npytest = "*"\n';
  expect(await installed({ Pipfile: text })).toEqual(['numpy', 'six==1.0', "uv[a]>=1 ; os_name == 'posix'"]);
});

test('a Pipfile.lock, with its hashes', async () => {
  const lock = {
    default: { six: { version: '==1.0', hashes: ['sha256:ab'], markers: "python_version > '3'" } },
    develop: { pytest: { version: '==1' } },
  };
  expect((await readLock(file('Pipfile.lock', JSON.stringify(lock)))).requirements).toEqual([
    "six==1.0 ; python_version > '3' --hash=sha256:ab",
  ]);
});

test('a pylock.toml, without what comes from elsewhere', async () => {
  const text = `lock-version = "1.0"
[[packages]]
name = "six"
version = "1.0"
marker = "os_name == 'posix'"
wheels = [{ name = "six.whl", hashes = { sha256 = "ab" } }]
[[packages]]
name = "mine"
directory = { path = "." }
[[packages]]
name = "other"
vcs = { type = "git" }
`;
  expect(await readLock(file('pylock.toml', text))).toEqual({
    requirements: ["six==1.0 ; os_name == 'posix' --hash=sha256:ab"],
    notes: ['pylock.toml: left out, for they come from no index: other'],
  });
});

test('a uv.lock is followed from the project, with the conditions on the way', async () => {
  const text = `version = 1
[[package]]
name = "mine"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "a" }, { name = "win", marker = "sys_platform == 'win32'" }, { name = "b", extra = ["fast"] }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
docs = [{ name = "mkdocs" }]
[[package]]
name = "a"
version = "1"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "win"
version = "2"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "deep", marker = "os_name == 'nt'" }]
[[package]]
name = "deep"
version = "5"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "b"
version = "3"
source = { registry = "https://pypi.org/simple" }
[package.optional-dependencies]
fast = [{ name = "c" }]
slow = [{ name = "never" }]
[[package]]
name = "c"
version = "4"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "a" }]
[[package]]
name = "pytest"
version = "6"
source = { git = "https://example.org/pytest" }
[[package]]
name = "never"
version = "1"
source = { registry = "https://pypi.org/simple" }
`;
  const { requirements, notes } = await readLock(file('uv.lock', text));
  expect(requirements.sort()).toEqual([
    'a==1',
    'b==3',
    'c==4',
    "deep==5 ; (sys_platform == 'win32') and (os_name == 'nt')",
    "win==2 ; sys_platform == 'win32'",
  ]);
  expect(notes).toEqual(['uv.lock: left out, for they come from no index: pytest']);
});

test('of several files the most exact counts, and the others are said', async () => {
  const texts = { 'uv.lock': 'package = []', 'requirements.txt': 'six', 'pyproject.toml': '', 'setup.py': '' };
  const { verdicts, steps } = await plan(texts);
  expect(steps).toEqual([]);
  expect(verdicts).toEqual([
    { file: 'uv.lock', used: false, why: '0 locked packages' },
    { file: 'requirements.txt', used: false, why: 'uv.lock comes before it' },
    { file: 'pyproject.toml', used: false, why: 'uv.lock comes before it' },
    { file: 'setup.py', used: false, why: 'only running it would tell: list what it needs in requirements.txt' },
  ]);
});

test('environment.yml comes before Python’s own files, and is for conda', async () => {
  const text = 'name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - numpy\n  - pip:\n    - six\n';
  const { steps, verdicts } = await plan({ 'environment.yml': text, 'requirements.txt': 'six' });
  expect(verdicts).toEqual([
    { file: 'environment.yml', used: true, why: '2 conda packages, 1 requirement' },
    { file: 'requirements.txt', used: false, why: 'environment.yml comes before it' },
  ]);
  expect(steps.map(({ files }) => files.map(({ content }) => content.toString()))).toEqual([
    ['channels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - numpy\n'],
    ['six\n'],
  ]);
  expect(writeDockerfile({ steps: steps.slice(0, 1) }, 'quay.io/jupyter/scipy-notebook')).toMatchInlineSnapshot(`
    "FROM quay.io/jupyter/scipy-notebook

    # environment.yml
    RUN --mount=type=bind,target=/run/ezj/files \\
        --mount=type=cache,id=ezj-conda,target=/var/cache/ezj/conda \\
        export CONDA_PKGS_DIRS=/var/cache/ezj/conda \\
     && tool=$(command -v mamba || command -v micromamba || command -v conda) || { echo 'Error: the image has neither mamba nor micromamba nor conda'; exit 1; } \\
     && case $tool in *micromamba) $tool install -y -n base --file environment.yml ;; *) $tool env update -n base --file environment.yml ;; esac"
  `);
});

test('what environment.yml lists for pip is installed as requirements are, with files included and notes', async () => {
  const text =
    'name: x\nprefix: /home/me/x\nvariables: {MODE: "on"}\ndependencies:\n  - numpy # fast\n  - pip\n  - pip:\n    - --extra-index-url https://example.org/simple\n    - -e .\n    - six\n';
  const { steps, notes, verdicts } = await plan({ 'environment.yml': text });
  expect(steps.map(({ files }) => files.map(({ content }) => content.toString()))).toEqual([
    ['variables:\n  MODE: "on"\ndependencies:\n  - numpy\n  - pip\n'],
    ['--extra-index-url https://example.org/simple\nsix\n'],
  ]);
  expect(steps[1]).toMatchObject({
    from: 'environment.yml',
    caches: ['pip', 'uv'],
    run: expect.stringContaining('uv pip'),
  });
  expect(notes).toEqual([expect.stringMatching(/^environment\.yml: \. is the project's own code/)]);
  expect(verdicts).toEqual([{ file: 'environment.yml', used: true, why: '2 conda packages, 1 requirement' }]);
});

test.each([
  '',
  '# later\n',
  'name: x\ndependencies:\n',
  'dependencies:\n  - pip:\n',
])('an environment.yml that asks for nothing leads to no step: %j', async (text) => {
  const { steps, verdicts } = await plan({ 'environment.yml': text });
  expect(steps).toEqual([]);
  expect(verdicts).toEqual([{ file: 'environment.yml', used: false, why: '0 conda packages' }]);
});

test.each([
  ['dependencies: [a', /^environment\.yml, line 1: column \d+: /],
  ['dependencies: no', /expected a list/],
  ['dependencies: [{pip: ["-r other.txt"]}]', /^environment\.yml: there is no other\.txt in the project/],
  ['dependencies: [{pip: ["--evil"]}]', /^environment\.yml: --evil is no option/],
  ['dependencies: [{pip: [1]}]', /pip: 1 is no requirement/],
  ['name: x', /expected a list of dependencies/],
  ['channels: ["https://evil.example/$PIP_INDEX_URL"]\ndependencies: [a]', /\$PIP_INDEX_URL: no variable of yours/],
  [`dependencies: ["https://evil.example/\\x24{HTTPS_PROXY}::a"]`, /\$\{HTTPS_PROXY\}: no variable of yours/],
  ['dependencies: [{pip: ["x @ https://evil.example/$A"]}]', /\$A: no variable of yours/],
  ['dependencies: [{npm: [a]}]', /is neither a package nor a list for pip/],
])('an environment.yml that is wrong is said: %j', async (text, why) => {
  await expect(plan({ 'environment.yml': text })).rejects.toThrow(why);
});
