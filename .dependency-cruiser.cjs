// Who may import whom. Each folder of src/ lists the folders that it may import; there is no cycle, not even of types.
// A folder inside another that has its own line is not part of the other one.
const ALLOWED = {
  protocol: [],
  'project-files': ['protocol'],
  parsing: ['project-files', 'protocol'],
  client: ['protocol'],
  setup: ['protocol'],
  repository: ['protocol'],
  cli: ['client', 'protocol', 'repository', 'setup'],
  concurrency: ['protocol'],
  config: ['protocol'],
  engine: ['protocol'],
  host: ['engine', 'protocol'],
  notebooks: ['config', 'engine', 'protocol'],
  images: ['concurrency', 'config', 'engine', 'host', 'notebooks', 'protocol'],
  environments: [
    'concurrency',
    'config',
    'engine',
    'host',
    'images',
    'notebooks',
    'parsing',
    'project-files',
    'protocol',
  ],
  projects: ['config', 'engine', 'environments', 'images', 'notebooks', 'parsing', 'project-files', 'protocol'],
  sessions: ['concurrency', 'config', 'environments', 'host', 'notebooks', 'projects', 'protocol'],
  'sessions/docker': [
    'concurrency',
    'config',
    'engine',
    'environments',
    'host',
    'images',
    'notebooks',
    'protocol',
    'sessions',
  ],
  installed: ['environments', 'notebooks', 'parsing', 'project-files', 'projects', 'protocol', 'sessions'],
  sharing: [
    'concurrency',
    'engine',
    'environments',
    'host',
    'images',
    'notebooks',
    'project-files',
    'projects',
    'protocol',
    'sessions',
  ],
  cleanup: [
    'config',
    'engine',
    'environments',
    'host',
    'images',
    'notebooks',
    'protocol',
    'sessions',
    'sessions/docker',
  ],
  doctor: ['config', 'engine', 'host', 'notebooks', 'protocol', 'sessions'],
  daemon: [
    'cleanup',
    'concurrency',
    'config',
    'doctor',
    'engine',
    'environments',
    'images',
    'installed',
    'notebooks',
    'parsing',
    'projects',
    'protocol',
    'sessions',
    'sessions/docker',
    'sharing',
  ],
};

// Files in these rooms that use paths which no project decides on.
const OWN_PATHS = [
  // The cache of hashes, in the state folder.
  'environments/dockerfile/content-hashes\\.ts',
  // The sources of mounts: the folders that a user agrees to. The engine opens them.
  'projects/project-request\\.ts',
];

/** The pattern of the paths in a folder, without those of the folders inside that have their own line. */
function within(folder) {
  const inner = Object.keys(ALLOWED).filter((other) => other.startsWith(`${folder}/`));
  return `${folder}/${inner.map((other) => `(?!${other.slice(folder.length + 1)}/)`).join('')}`;
}

const only = ([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} imports src/{${allowed.join(',')}} only`,
  severity: 'error',
  from: { path: `^src/${within(folder)}` },
  to: { path: '^src/', pathNot: `^src/(?:${[folder, ...allowed].map(within).join('|')})` },
});

module.exports = {
  forbidden: [
    ...Object.entries(ALLOWED).map(only),
    {
      name: 'every-folder-is-listed',
      comment: 'A new folder of src/ says above what it may import',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${Object.keys(ALLOWED).join('|')})/` },
      to: {},
    },
    {
      name: 'dockerode-in-engine-only',
      severity: 'error',
      from: { pathNot: '^src/engine/' },
      to: { path: 'node_modules/(dockerode|docker-modem)/' },
    },
    {
      name: 'labels-of-sessions-in-docker-only',
      comment: 'Labels are how sessions/docker/ keeps a session: other runtimes have none',
      severity: 'error',
      from: { path: `^src/${within('sessions')}` },
      to: { path: '^src/protocol/labels' },
    },
    {
      name: 'files-of-a-project-in-project-files-only',
      comment: 'A session can replace any part of a path in its project: only src/project-files opens what is there',
      severity: 'error',
      from: { path: '^src/(environments|projects|installed|sharing)/', pathNot: `^src/(${OWN_PATHS.join('|')})$` },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
