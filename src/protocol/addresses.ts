/** Whether an address, or the host of a URL, is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.*\.)?localhost|(?:::ffff:)?127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
