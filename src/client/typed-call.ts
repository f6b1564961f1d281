import type { PartsOf, Route } from '../protocol/contract.ts';
import type { Call } from './request.ts';

/** The call of a route: its method, its path with parameters and query filled in, and its body. */
export function requestOf<R extends Route>(route: R, parts: PartsOf<R>): Call {
  const [method, template = ''] = route.split(' ');
  const {
    params = {},
    query = {},
    body,
  } = parts as {
    params?: Record<string, string>;
    query?: Record<string, string | number | boolean | undefined>;
    body?: unknown;
  };
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const words = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  const search = words.length > 0 ? `?${new URLSearchParams(Object.fromEntries(words))}` : '';
  return { method: method as Call['method'], path: `${path}${search}`, body };
}
