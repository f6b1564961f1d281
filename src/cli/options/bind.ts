import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { invalidOption } from './invalid-option.ts';

/** `--bind`: an IP address of this machine. */
export function parseBind(value: string): string {
  if (value === 'localhost') return '127.0.0.1';
  const address = value.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0 && isOfThisMachine(address)) return address;
  throw invalidOption('--bind', value, 'an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them');
}

/** Compared as addresses: IPv6 has several spellings of one. */
function isOfThisMachine(address: string): boolean {
  const own = new BlockList();
  own.addSubnet('127.0.0.0', 8);
  own.addAddress('0.0.0.0');
  own.addAddress('::', 'ipv6');
  own.addAddress('::1', 'ipv6');
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])) {
    own.addAddress(withoutZone(address), family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return own.check(withoutZone(address), isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
