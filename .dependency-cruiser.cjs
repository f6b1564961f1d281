// Who may import whom. Each folder of src/ lists the folders that it may import; there is no cycle, not even of types.
// A folder inside another that has its own line is not part of the other one.
const ALLOWED = {
  protocol: [],
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
  environments: ['concurrency', 'config', 'engine', 'host', 'images', 'notebooks', 'protocol'],
  projects: ['config', 'engine', 'environments', 'images', 'notebooks', 'protocol'],
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
  installed: ['environments', 'notebooks', 'projects', 'protocol', 'sessions'],
  sharing: ['concurrency', 'engine', 'environments', 'host', 'images', 'notebooks', 'projects', 'protocol', 'sessions'],
  cleanup: ['config', 'engine', 'environments', 'host', 'images', 'notebooks', 'protocol', 'sessions'],
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
    'projects',
    'protocol',
    'sessions',
    'sessions/docker',
    'sharing',
  ],
};

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
