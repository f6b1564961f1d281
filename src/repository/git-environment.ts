import type { Credentials, Repository } from './repository.ts';

/**
 * The environment for git with an untrusted repository: git runs no hooks and uses only known protocols. The address
 * of a submodule comes from the repository, so only an address from the user may be a local folder or use an unencrypted
 * protocol. Credentials are here, and not in the arguments, which everyone on the machine can read, nor in the clone's configuration.
 */
export function gitEnvironment(
  { url, protocol, credentials }: Repository,
  { env, prompt, submodules = false }: { env: NodeJS.ProcessEnv; prompt: boolean; submodules?: boolean },
): NodeJS.ProcessEnv {
  const own = protocol === 'file' && submodules ? [] : [protocol];
  const asks = prompt && credentials?.password === undefined;
  return {
    // English, because ezj matches git's messages to find a hint.
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: [...new Set(['https', 'ssh', ...own])].join(':'),
    ...(!asks && { GIT_TERMINAL_PROMPT: '0' }),
    // No prompt, because the password is known.
    ...(credentials?.password !== undefined && { GIT_ASKPASS: '' }),
    ...asVariables([['core.hooksPath', '/dev/null'], ...credentialConfig(url, credentials)], env),
  };
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
