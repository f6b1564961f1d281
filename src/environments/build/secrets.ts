/** Shorter secrets would hide parts of ordinary words. */
const SHORTEST = 4;

/** User and password in a URL, and conda's token in its path. https://docs.anaconda.com/anacondaorg/user-guide/packages/installing-packages/ */
const USER_INFO = /(?<=\/\/)[^\s/'"]+(?=@)|(?<=\/t\/)[^\s/'"]+/g;

/** The passwords and tokens in the host's settings, in each form that output may show. */
export function secretsIn(settings: (string | Buffer)[]): string[] {
  const found = settings.flatMap((each) => {
    const text = String(each);
    // A proxy may have no scheme.
    const bare = /^[^\s/:@]+:[^\s/]+(?=@)/.exec(text)?.[0];
    return [...(text.match(USER_INFO) ?? []), ...(bare ? [bare] : [])];
  });
  const passwords = found.map((userInfo) => userInfo.replace(/^[^:]*:/, ''));
  const all = [...found, ...passwords].flatMap((secret) => [secret, decoded(secret)]);
  // The longest first, because it may contain a shorter one.
  return [...new Set(all)].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
}

/** A line without these secrets, and without the user and password of any URL. */
export function withoutSecrets(line: string, secrets: string[] = []): string {
  const known = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line);
  return known.replace(USER_INFO, '***');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
