// Who may import whom: cli → client → protocol ← daemon → sessions → environments → images, notebooks, engine.
const only = (folder, allowed) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} imports src/{${allowed.join(',')}} only`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    only('protocol', []),
    only('client', ['protocol']),
    only('setup', ['protocol']),
    only('repository', ['protocol']),
    only('cli', ['client', 'protocol', 'repository', 'setup']),
    only('concurrency', ['protocol']),
    only('config', ['protocol']),
    only('engine', ['protocol']),
    only('host', ['engine', 'protocol']),
    only('notebooks', ['config', 'engine', 'protocol']),
    only('images', ['concurrency', 'config', 'engine', 'host', 'notebooks', 'protocol']),
    only('environments', ['concurrency', 'config', 'engine', 'host', 'images', 'notebooks', 'protocol']),
    only('sessions', ['concurrency', 'config', 'engine', 'environments', 'host', 'images', 'notebooks', 'protocol']),
    only('doctor', ['config', 'engine', 'host', 'notebooks', 'protocol', 'sessions']),
    only('daemon', [
      'concurrency',
      'config',
      'doctor',
      'engine',
      'environments',
      'images',
      'notebooks',
      'protocol',
      'sessions',
    ]),
    {
      name: 'dockerode-in-engine-only',
      severity: 'error',
      from: { pathNot: '^src/engine/' },
      to: { path: 'node_modules/(dockerode|docker-modem)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
