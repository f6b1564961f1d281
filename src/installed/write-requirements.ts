import { invalid } from '../environments/files/invalid.ts';
import { type Addition, lineEnding, type Written } from './addition.ts';
import { canonical } from './installed-python.ts';

/** A requirement line: name with extras, version specifier, and the rest. */
const LINE =
  /^(\s*)([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(\s*\[[^\]]*\])?(\s*(?:@\s*[^\s;]+|\(?[<>=!~][^;#]*?)?)(\s*;.*|\s+(?:#|--).*|\s*)$/;

/**
 * Adds packages to a requirements file: changes the line of a package, and appends lines for the others. Everything
 * else stays.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 * @throws `environment-invalid` if the file has hashes, because pip wants them on all lines or on none
 */
export function writeRequirements(text: string, additions: Addition[], file: string): Written {
  if (/(?:^|\s)--(?:hash|require-hashes)\b/m.test(text)) {
    throw invalid(
      file,
      'its lines have hashes, so ezj cannot add a line without one: use the tool that made the file, such as pip-compile or uv',
    );
  }
  const end = lineEnding(text);
  const lines = text.split(end);
  const isEnded = lines.at(-1) === '';
  if (isEnded) lines.pop();
  const written: Written = { text, packages: [], notes: [] };
  for (const addition of additions) {
    const note = addition.isNamed ? replaceLine(lines, addition) : undefined;
    if (note !== undefined) written.notes.push(`${file}: ${note}`);
    else {
      if (!addition.isNamed) lines.push(addition.requirement);
      written.packages.push(addition.name);
    }
  }
  const whole = lines.join(end);
  return { ...written, text: isEnded || text === '' ? whole + end : whole };
}

/** Changes the line of a package. Returns a reason if there is not exactly one complete line for it. */
function replaceLine(lines: string[], { name, requirement }: Addition): string | undefined {
  const isContinued = (index: number) => lines[index]?.endsWith('\\') || lines[index - 1]?.endsWith('\\');
  const found = [...lines.entries()].filter(
    ([index, line]) => canonical(LINE.exec(line)?.[2] ?? '') === canonical(name) && !isContinued(index),
  );
  const [first] = found;
  if (first === undefined)
    return `${name} is in a file that it includes, or spans several lines: write ${requirement} there yourself`;
  if (found.length > 1) return `${name} is on more than one line: write ${requirement} yourself`;
  lines[first[0]] = withRequirement(first[1], requirement);
  return undefined;
}

/** Changes the requirement in a line. Name, extras, marker and comment stay. */
export function withRequirement(line: string, requirement: string): string {
  const [, indent = '', name = '', extras = '', , rest = ''] = LINE.exec(line) ?? [];
  const asked = requirement.replace(/^[\w.-]+/, '');
  // A marker after a URL needs a space, or it becomes part of the URL.
  const gap = asked.startsWith(' @') && rest.startsWith(';') ? ' ' : '';
  return `${indent}${name}${extras}${asked}${gap}${rest}`;
}
