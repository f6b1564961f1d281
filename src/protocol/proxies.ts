/** The addresses of the proxies whose variables hold a user or a password, each once. */
export function proxiesWithPassword(proxy: Record<string, string>): string[] {
  const addresses = Object.entries(proxy).flatMap(([name, value]) =>
    // NO_PROXY is a list of hosts.
    name.toUpperCase() === 'NO_PROXY' ? [] : (addressBehindPassword(value) ?? []),
  );
  return [...new Set(addresses)].sort();
}

/** A password may hold any character, so the last `@` counts. */
function addressBehindPassword(value: string): string | undefined {
  const at = value.lastIndexOf('@');
  return at === -1 ? undefined : value.slice(at + 1).replace(/[/?#].*$/s, '');
}
