import { invalid } from '../files/invalid.ts';
import type { NamedFile } from '../files/named-files.ts';
import { readTomlFile, stringsOf, tableOf } from '../files/toml-file.ts';

/**
 * The requirements of a pyproject.toml: the dependencies of PEP 621 and the group `dev`, like most tools.
 * https://packaging.python.org/en/latest/specifications/pyproject-toml/
 * https://packaging.python.org/en/latest/specifications/dependency-groups/
 * @throws `environment-invalid`
 */
export async function readPyproject(file: NamedFile): Promise<{ requirements: string[]; notes: string[] }> {
  const document = await readTomlFile(file);
  const project = tableOf(document.project);
  const dynamic = stringsOf(file, project.dynamic, 'project.dynamic');
  const groups = tableOf(document['dependency-groups']);
  const requirements = [
    ...stringsOf(file, project.dependencies, 'project.dependencies'),
    ...('dev' in groups ? expandGroup(file, groups, 'dev') : []),
    ...stringsOf(file, tableOf(tableOf(document.tool).uv)['dev-dependencies'], 'tool.uv.dev-dependencies'),
  ];
  const others = Object.keys(groups).filter((name) => name !== 'dev');
  const optional = Object.keys(tableOf(project['optional-dependencies']));
  return {
    requirements,
    notes: [
      ...(dynamic.includes('dependencies')
        ? [
            `${file.path}: its dependencies are dynamic: only its own build can list them, and ezj does not run that build`,
          ]
        : []),
      ...(others.length > 0
        ? [`${file.path}: only the dependency group dev is installed, not ${others.join(', ')}`]
        : []),
      ...notesOnTools(file, document),
      ...(optional.length > 0 ? [`${file.path}: optional dependencies are not installed: ${optional.join(', ')}`] : []),
    ],
  };
}

/** Tables in a tool's own format, each with the command that writes a file that ezj reads. */
const TOOLS = [
  {
    tool: 'poetry',
    tables: ['dependencies', 'group', 'dev-dependencies'],
    command: 'poetry export -f requirements.txt -o requirements.txt',
  },
  { tool: 'pdm', tables: ['dev-dependencies'], command: 'pdm export -o requirements.txt' },
  {
    tool: 'pixi',
    tables: ['dependencies', 'pypi-dependencies', 'feature'],
    command: 'pixi workspace export conda-environment environment.yml',
  },
];

function notesOnTools({ path }: NamedFile, { tool, project }: Record<string, unknown>): string[] {
  return TOOLS.flatMap(({ tool: name, tables, command }) => {
    const found = tables.filter((table) => table in tableOf(tableOf(tool)[name]));
    // If the project has its own dependencies, Poetry's only add their sources.
    const isSaid = name === 'poetry' && 'dependencies' in tableOf(project);
    const unread = found.filter((table) => !(isSaid && table === 'dependencies'));
    const names = unread.map((table) => `tool.${name}.${table}`).join(', ');
    return names === '' ? [] : [`${path}: ${names} is not read: to get a file that ezj reads, run \`${command}\``];
  });
}

function expandGroup(file: NamedFile, groups: Record<string, unknown>, name: string, within: string[] = []): string[] {
  const entries = groups[name];
  if (!Array.isArray(entries)) throw invalid(file.path, `there is no dependency group ${JSON.stringify(name)}`);
  if (within.includes(name)) throw invalid(file.path, `the dependency group ${name} includes itself`);
  return entries.flatMap((entry: unknown) => {
    const included = tableOf(entry)['include-group'];
    if (typeof included === 'string') return expandGroup(file, groups, included, [...within, name]);
    if (typeof entry === 'string') return [entry];
    throw invalid(file.path, `dependency-groups.${name}: ${JSON.stringify(entry)} is not a requirement`);
  });
}
