import type { Credentials, Repository } from './repository.ts';

/**
 * The environment of a git that fetches what a stranger wrote: no hook runs, and only known protocols are spoken. The address
 * of a submodule comes from the repository, so a folder of this machine and an unencrypted protocol are left to what the user
 * named. Credentials stand here and not in the arguments, which everybody on the machine can read, nor in the clone's configuration.
 */
export function gitEnvironment(
  { url, protocol, credentials }: Repository,
  { env, prompt, submodules = false }: { env: NodeJS.ProcessEnv; prompt: boolean; submodules?: boolean },
): NodeJS.ProcessEnv {
  const own = protocol === 'file' && submodules ? [] : [protocol];
  const asks = prompt && credentials?.password === undefined;
  return {
    // Its words are looked at for a hint.
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: [...new Set(['https', 'ssh', ...own])].join(':'),
    ...(!asks && { GIT_TERMINAL_PROMPT: '0' }),
    // Nobody is asked for a password that was given.
    ...(credentials?.password !== undefined && { GIT_ASKPASS: '' }),
    ...asVariables([['core.hooksPath', '/dev/null'], ...credentialConfig(url, credentials)], env),
  };
}

/** Only for the host of the address: a submodule elsewhere must not get them. */
function credentialConfig(url: string, credentials: Credentials | undefined): [string, string][] {
  if (!credentials) return [];
  const { origin } = new URL(url);
  const { user, password } = credentials;
  if (password === undefined) return [[`credential.${origin}.username`, user]];
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return [
    [`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`],
    // A wrong password must not make a helper forget the right one that it may have.
    [`credential.${origin}.helper`, ''],
  ];
}

/** Behind those that the user may have set the same way. @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT */
function asVariables(config: [string, string][], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const first = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  const entries = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(first + config.length), ...Object.fromEntries(entries) };
}
