import type * as z from 'zod';

/** Words for zod's types that the author of a file understands. */
const WORDS: Record<string, string> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'keys with values',
  record: 'keys with values',
  string: 'text',
};

/** Describes each issue as `key: reason`. `at` is the key of the checked value. */
export function describeIssues({ issues }: z.ZodError, at: string[] = []): string[] {
  return issues.map((issue) => {
    const key = [...at, ...issue.path].join('.');
    // zod reports an unknown key as an issue of the object that contains it.
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys.map((name) => (key ? `${key}.${name}` : name)) : [];
    if (unknown.length > 0) return `${unknown.join(', ')}: there is no such key`;
    const message = reasonOf(issue);
    return key ? `${key}: ${message}` : message;
  });
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  const word = issue.code === 'invalid_type' ? WORDS[issue.expected] : undefined;
  return word === undefined ? issue.message : `expected ${word}`;
}
