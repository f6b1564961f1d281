/** What it means that other sessions have the hostname of a URL too. */
export function describeSharedCookies(url: string): string {
  const { hostname } = new URL(url);
  return `on ${hostname} your sessions share one set of cookies: what runs in one can use another, and RStudio sessions sign each other out; ezj open leads each to a hostname of its own`;
}
