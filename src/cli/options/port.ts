import { invalidOption } from './invalid-option.ts';

/** `--port`: 1 to 65535. */
export function parsePort(value: string): number {
  const accepted = 'a number from 1 to 65535; without --port a free one is found';
  if (!/^\d{1,5}$/.test(value)) throw invalidOption('--port', value, accepted);
  const port = Number(value);
  if (port < 1 || port > 65535) throw invalidOption('--port', value, accepted);
  return port;
}
