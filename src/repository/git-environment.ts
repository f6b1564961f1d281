import path from 'node:path';
import type { Credentials, Repository } from './repository.ts';

/** Variables that name another repository, or settings of the git command that runs ezj. @see `git rev-parse --local-env-vars` */
const OF_ANOTHER_REPOSITORY = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_ATTR_SOURCE',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

/**
 * The environment for git with an untrusted repository: git runs nothing that the user's own settings don't name, and
 * uses only known protocols. The address of a submodule comes from the repository, so only an address from the user may
 * be a local folder or use an unencrypted protocol. Credentials are here, and not in the arguments, which everyone on the
 * machine can read, nor in the clone's configuration.
 */
export function gitEnvironment(
  { url, protocol, credentials }: Repository,
  { env, prompt, submodules = false }: { env: NodeJS.ProcessEnv; prompt: boolean; submodules?: boolean },
): NodeJS.ProcessEnv {
  const own = protocol === 'file' && submodules ? [] : [protocol];
  const asks = prompt && credentials?.password === undefined;
  return {
    ...Object.fromEntries(OF_ANOTHER_REPOSITORY.map((name) => [name, undefined])),
    ...absolutePath(env),
    // English, because ezj matches git's messages to find a hint.
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: [...new Set(['https', 'ssh', ...own])].join(':'),
    GIT_NO_LAZY_FETCH: '1',
    // No template, not even the user's own: it may hold hooks.
    GIT_TEMPLATE_DIR: '',
    // ezj reads branches and tags as files.
    GIT_DEFAULT_REF_FORMAT: 'files',
    ...(!asks && { GIT_TERMINAL_PROMPT: '0' }),
    // No prompt, because the password is known.
    ...(credentials?.password !== undefined && { GIT_ASKPASS: '' }),
    ...asVariables([['core.hooksPath', '/dev/null'], ...credentialConfig(url, credentials)], env),
  };
}

/** PATH without folders such as `.`, which would be in the clone while git runs a filter there. */
function absolutePath(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const name = Object.keys(env).find((each) => each.toUpperCase() === 'PATH');
  if (name === undefined) return {};
  return { [name]: (env[name] ?? '').split(path.delimiter).filter(path.isAbsolute).join(path.delimiter) };
}

/** Credentials for the host of the address only, because a submodule elsewhere must not get them. */
function credentialConfig(url: string, credentials: Credentials | undefined): [string, string][] {
  if (!credentials) return [];
  const { origin } = new URL(url);
  const { user, password } = credentials;
  if (password === undefined) return [[`credential.${origin}.username`, user]];
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return [
    [`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`],
    // A wrong password must not make a helper forget the right one.
    [`credential.${origin}.helper`, ''],
  ];
}

/** Adds settings after those that the user may have in the same variables. @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT */
function asVariables(config: [string, string][], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const first = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  const entries = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(first + config.length), ...Object.fromEntries(entries) };
}
