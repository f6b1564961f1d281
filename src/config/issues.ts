import type * as z from 'zod';

/** What does not fit, as `key: reason`, the key as it is written; `at` is the key of the value that was looked at. */
export function describeIssues({ issues }: z.ZodError, at: string[] = []): string[] {
  return issues.map((issue) => {
    const key = [...at, ...issue.path].join('.');
    // An unknown key is an issue of the object that it stands in.
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys.map((name) => (key ? `${key}.${name}` : name)) : [];
    if (unknown.length > 0) return `${unknown.join(', ')}: there is no such key`;
    const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return key ? `${key}: ${message}` : message;
  });
}
