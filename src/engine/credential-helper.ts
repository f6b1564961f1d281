import type { Report } from '../protocol/events.ts';

/** The user's credentials for a registry, in the form of the engine's `X-Registry-Auth`. */
export interface Credentials {
  username?: string;
  password?: string;
  identitytoken?: string;
  serveraddress: string;
}

const HELPER_TIMEOUT_MS = 20_000;
/** The exact message of a helper without credentials: https://github.com/docker/docker-credential-helpers */
const NOTHING_FOUND = 'credentials not found in native keychain';

/** Asks `docker-credential-HELPER get` for the credentials of a registry. Reports a helper that fails as a warning. */
export async function askCredentialHelper(request: {
  helper: string;
  serveraddress: string;
  env: NodeJS.ProcessEnv;
  report: Report;
}): Promise<Credentials | undefined> {
  const { helper, serveraddress, env, report } = request;
  const { execa } = await import('execa');
  const program = `docker-credential-${helper}`;
  const result = await execa(program, ['get'], {
    input: serveraddress,
    env,
    extendEnv: false,
    timeout: HELPER_TIMEOUT_MS,
    reject: false,
  });
  const found = result.failed ? undefined : parseAnswer(result.stdout, serveraddress);
  if (!found && !result.stdout?.includes(NOTHING_FOUND)) {
    const reason =
      (result.failed && (result.stdout || result.stderr || result.shortMessage)) ||
      'its answer is not what docker documents';
    report({
      type: 'warning',
      text: `${program} gives no credentials for ${serveraddress}, so ezj continues without them: ${oneLine(reason)}`,
    });
  }
  return found;
}

function parseAnswer(answer: string, serveraddress: string): Credentials | undefined {
  try {
    const { Username, Secret } = JSON.parse(answer) as { Username?: unknown; Secret?: unknown };
    if (typeof Username !== 'string' || typeof Secret !== 'string') return undefined;
    // Not a user name: it marks the secret as an identity token.
    if (Username === '<token>') return { identitytoken: Secret, serveraddress };
    return { username: Username, password: Secret, serveraddress };
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
