import { expect, test } from 'vitest';
import type { Detection, EnvironmentFileName } from '../../../src/environments/files/detect.ts';
import { planEnvironment } from '../../../src/environments/plan.ts';
import { decideMarker } from '../../../src/environments/python/lock-marker.ts';
import { readLock } from '../../../src/environments/python/locked-python.ts';
import { writeDockerfile } from '../../../src/environments/write-dockerfile.ts';

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
    'pyproject.toml: only the dependency group dev is installed, not test, docs',
    'pyproject.toml: optional dependencies are not installed: gpu',
  ]);
});

test.each([
  ['[project]\ndependencies = ["x"', /^pyproject\.toml, line 2: column \d+: /],
  ['[project]\ndependencies = "x"', /project\.dependencies: expected a list of strings/],
  ['[project]\ndependencies = ["-r /etc/passwd"]', /is not a requirement/],
  ['[project]\ndependencies = ["x; $(id)\\n--evil"]', /is not a requirement/],
  ['[dependency-groups]\ndev = [{include-group = "dev"}]', /includes itself/],
  ['[dependency-groups]\ndev = [{include-group = "none"}]', /there is no dependency group "none"/],
])('a pyproject.toml that is wrong is said: %j', async (text, why) => {
  await expect(plan({ 'pyproject.toml': text })).rejects.toThrow(why);
});

test.each([
  [
    '[tool.poetry.dependencies]\npython = "^3.11"\nnumpy = "^1"\n[tool.poetry.group.dev.dependencies]\npytest = "*"',
    'tool.poetry.dependencies, tool.poetry.group is not read: to get a file that ezj reads, run `poetry export -f requirements.txt -o requirements.txt`',
  ],
  [
    '[project]\nname = "x"\n[tool.pdm.dev-dependencies]\ntest = ["pytest"]',
    'tool.pdm.dev-dependencies is not read: to get a file that ezj reads, run `pdm export -o requirements.txt`',
  ],
  [
    '[project]\nname = "x"\n[tool.pixi.dependencies]\nnumpy = "*"',
    '`pixi workspace export conda-environment environment.yml`',
  ],
])('what only another tool reads is said, with what to type: %j', async (text, why) => {
  const { steps, notes } = await plan({ 'pyproject.toml': text });
  expect(steps).toEqual([]);
  expect(notes).toEqual([expect.stringContaining(`pyproject.toml: ${why.startsWith('`') ? '' : why}`)]);
  expect(notes[0]).toContain(why);
});

test('what uv has called its dependencies for development before there were groups is installed', async () => {
  const text = '[project]\ndependencies = ["six"]\n[tool.uv]\ndev-dependencies = ["pytest"]\n';
  expect(await installed({ 'pyproject.toml': text })).toEqual(['six', 'pytest']);
});

test('a Poetry project that says its dependencies as others do is read without a note', async () => {
  const text = '[project]\ndependencies = ["six"]\n[tool.poetry.dependencies]\nsix = {source = "x"}\n';
  expect((await plan({ 'pyproject.toml': text })).notes).toEqual([]);
});

test('a Pipfile’s packages, those for development included, each once, with the conditions that it knows', async () => {
  const text =
    '[packages]\nnumpy = "*"\nsix = "==1.0"\nuv = {version = ">=1", extras = ["a"], markers = "os_name == \'posix\'"}\nx = {git = "y"}\nbaz = "1.0"\nany = {}\nwin = {version = "~=2.0", sys_platform = "== \'win32\'", python_version = "< \'3.9\'", markers = "os_name == \'nt\'"}\n[dev-packages]\npytest = "*"\nNumPy = ">=1"\n';
  expect(await installed({ Pipfile: text })).toEqual([
    'numpy',
    'six==1.0',
    "uv[a]>=1 ; os_name == 'posix'",
    'baz==1.0',
    'any',
    "win~=2.0 ; (os_name == 'nt') and sys_platform == 'win32' and python_version < '3.9'",
    'pytest',
  ]);
});

test('a Pipfile’s package of an index besides PyPI is left out, for PyPI may have another of its name', async () => {
  const text =
    '[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\n[[source]]\nname = "ours"\nurl = "https://me:secret@index.example/simple?token=secret"\n[packages]\nsix = "*"\nmine = {version = "*", index = "ours"}\nmore = {version = "*", index = "unknown"}\n';
  const { steps, notes } = await plan({ Pipfile: text });
  expect(steps[0]?.files[0]?.content.toString()).toBe('six\n');
  expect(notes).toEqual([
    expect.stringMatching(/^Pipfile: mine is left out because it comes from https:\/\/\*\*\*@index\.example\/simple:/),
    expect.stringMatching(/^Pipfile: more is left out because it comes from unknown:/),
  ]);
});

test('a Pipfile whose first source is not PyPI is said to need it', async () => {
  const text = '[[source]]\nname = "ours"\nurl = "https://index.example/simple"\n[packages]\nsix = "*"\n';
  expect((await plan({ Pipfile: text })).notes).toEqual([
    'Pipfile: six comes from https://index.example/simple, which is used only if PIP_EXTRA_INDEX_URL names it',
  ]);
});

const torch = 'https://download.pytorch.org/whl/cpu';
test.each([
  [
    'uv.lock',
    `[[package]]\nname = "m"\nsource = { virtual = "." }\ndependencies = [{ name = "torch" }, { name = "six" }]\n[[package]]\nname = "torch"\nversion = "2+cpu"\nsource = { registry = "${torch}" }\n[[package]]\nname = "six"\nversion = "1"\nsource = { registry = "https://pypi.org/simple" }\n`,
  ],
  [
    'pylock.toml',
    `[[packages]]\nname = "torch"\nversion = "2+cpu"\nindex = "${torch}"\n[[packages]]\nname = "six"\nversion = "1"\nindex = "https://pypi.org/simple"\n`,
  ],
  [
    'Pipfile.lock',
    JSON.stringify({
      _meta: {
        sources: [
          { name: 'pypi', url: 'https://pypi.org/simple' },
          { name: 't', url: torch },
        ],
      },
      default: { torch: { version: '==2+cpu', index: 't' }, six: { version: '==1' } },
    }),
  ],
])('an index besides PyPI that %s names is said not to be asked', async (name, text) => {
  expect(await readLock(file(name, text))).toEqual({
    requirements: ['torch==2+cpu', 'six==1'],
    notes: [`${name}: torch comes from ${torch}, which is used only if PIP_EXTRA_INDEX_URL names it`],
  });
});

test.each([
  ["'dev' in dependency_groups", false],
  ["'main' in dependency_groups", true],
  ["'x' not in extras", true],
  ["os_name == 'nt' and 'main' in dependency_groups", "os_name == 'nt'"],
  [
    "(os_name == 'nt' or python_version<'3.9') and ('x' in extras or 'main' in dependency_groups)",
    "(os_name == 'nt') or (python_version<'3.9')",
  ],
  ["os_name == 'nt' or 'main' in dependency_groups", true],
  ["os_name == 'nt' and 'x' in extras", false],
  ["platform_machine in 'x86_64 and or'", "platform_machine in 'x86_64 and or'"],
  ["os_name == 'nt' and", undefined],
  ["(os_name == 'nt'", undefined],
  ['$(id)', undefined],
])('a marker of a lock is decided where only its tools could: %s', (marker, value) => {
  expect(decideMarker(marker, { extras: [], groups: ['main'] })).toBe(value);
});

test('a pylock.toml’s usual groups are installed, no others and no extras, and what is left out is named', async () => {
  const packages = { six: "'main' in dependency_groups", pytest: "'dev' in dependency_groups", gpu: "'gpu' in extras" };
  const text = Object.entries(packages).map(
    ([name, marker]) => `[[packages]]\nname = "${name}"\nversion = "1"\nmarker = "${marker}"\n`,
  );
  expect(await readLock(file('pylock.toml', `default-groups = ["main"]\n${text.join('')}`))).toEqual({
    requirements: ['six==1'],
    notes: ['pylock.toml: left out because they belong to extras or groups that are not installed: pytest, gpu'],
  });
});

test('extras of a package that a uv.lock has reached already are followed as well', async () => {
  const text = `[[package]]
name = "mine"
source = { editable = "." }
dependencies = [{ name = "dask" }, { name = "other" }, { name = "part", extra = ["plot"] }]
[[package]]
name = "part"
source = { editable = "part" }
[package.optional-dependencies]
plot = [{ name = "plotly" }]
[[package]]
name = "other"
version = "1"
dependencies = [{ name = "dask", extra = ["array"], marker = "os_name == 'posix'" }]
[[package]]
name = "dask"
version = "2"
[package.optional-dependencies]
array = [{ name = "numpy" }]
[[package]]
name = "numpy"
version = "3"
[[package]]
name = "plotly"
version = "4"
`;
  expect((await readLock(file('uv.lock', text))).requirements.sort()).toEqual([
    'dask==2',
    "numpy==3 ; os_name == 'posix'",
    'other==1',
    'plotly==4',
  ]);
});

test('a Pipfile.lock, with its hashes, those for development included and each once', async () => {
  const lock = {
    default: { six: { version: '==1.0', hashes: ['sha256:ab'], markers: "python_version > '3'" } },
    develop: { pytest: { version: '==1', hashes: ['sha256:cd'] }, Six: { version: '==1.0' } },
  };
  expect((await readLock(file('Pipfile.lock', JSON.stringify(lock)))).requirements).toEqual([
    "six==1.0 ; python_version > '3' --hash=sha256:ab",
    'pytest==1 --hash=sha256:cd',
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
    notes: ['pylock.toml: left out because they come from no index: other'],
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
  expect(notes).toEqual(['uv.lock: left out because they come from no index: pytest']);
});

test('of several files the most exact counts, and the others are said', async () => {
  const texts = { 'uv.lock': 'package = []', 'requirements.txt': 'six', 'pyproject.toml': '', 'setup.py': '' };
  const { decisions, steps } = await plan(texts);
  expect(steps).toEqual([]);
  expect(decisions).toEqual([
    { file: 'uv.lock', used: false, why: '0 locked packages' },
    { file: 'requirements.txt', used: false, why: 'uv.lock comes before it' },
    { file: 'pyproject.toml', used: false, why: 'uv.lock comes before it' },
    { file: 'setup.py', used: false, why: 'only running it would show its packages: list them in requirements.txt' },
  ]);
});

test('environment.yml comes before Python’s own files, and is for conda', async () => {
  const text = 'name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - numpy\n  - pip:\n    - six\n';
  const { steps, decisions } = await plan({ 'environment.yml': text, 'requirements.txt': 'six' });
  expect(decisions).toEqual([
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
  const { steps, notes, decisions } = await plan({ 'environment.yml': text });
  expect(steps.map(({ files }) => files.map(({ content }) => content.toString()))).toEqual([
    ['variables:\n  MODE: "on"\ndependencies:\n  - numpy\n  - pip\n'],
    ['--extra-index-url https://example.org/simple\nsix\n'],
  ]);
  expect(steps[1]).toMatchObject({
    from: 'environment.yml',
    caches: ['pip', 'uv'],
    // Its index may have code of anybody, and uv has no exceptions from wheels.
    runsCode: true,
    run: expect.stringMatching(/^(?!.*uv pip).*--only-binary :all: -r/s),
  });
  expect(notes).toEqual([expect.stringMatching(/^environment\.yml: \. is the project's own code/)]);
  expect(decisions).toEqual([{ file: 'environment.yml', used: true, why: '2 conda packages, 1 requirement' }]);
});

test.each([
  '',
  '# later\n',
  'name: x\ndependencies:\n',
  'dependencies:\n  - pip:\n',
])('an environment.yml that asks for nothing leads to no step: %j', async (text) => {
  const { steps, decisions } = await plan({ 'environment.yml': text });
  expect(steps).toEqual([]);
  expect(decisions).toEqual([{ file: 'environment.yml', used: false, why: '0 conda packages' }]);
});

test.each([
  ['dependencies: [a', /^environment\.yml, line 1: column \d+: /],
  ['dependencies: no', /expected a list/],
  ['dependencies: [{pip: ["-r other.txt"]}]', /^environment\.yml: there is no other\.txt in the project/],
  ['dependencies: [{pip: ["--evil"]}]', /^environment\.yml: --evil is not an option/],
  ['dependencies: [{pip: [1]}]', /pip: 1 is not a requirement/],
  ['name: x', /expected a list of dependencies/],
  [
    'channels: ["https://evil.example/$PIP_INDEX_URL"]\ndependencies: [a]',
    /\$PIP_INDEX_URL: a build does not get your variables/,
  ],
  [
    `dependencies: ["https://evil.example/\\x24{HTTPS_PROXY}::a"]`,
    /\$\{HTTPS_PROXY\}: a build does not get your variables/,
  ],
  ['dependencies: [{pip: ["x @ https://evil.example/$A"]}]', /\$A: a build does not get your variables/],
  ['dependencies: [{npm: [a]}]', /is neither a package nor a list for pip/],
])('an environment.yml that is wrong is said: %j', async (text, why) => {
  await expect(plan({ 'environment.yml': text })).rejects.toThrow(why);
});
