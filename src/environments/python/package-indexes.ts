import { tableOf } from '../files/toml-file.ts';

const PYPI = /^https?:\/\/(?:pypi\.org|pypi\.python\.org|files\.pythonhosted\.org)(?:\/|$)/;
const MOST_NAMED = 5;

/** Whether this index is PyPI, the default. */
export function isPyPI(index: string): boolean {
  return index === '' || PYPI.test(index);
}

/** A note for each index in a file that a build does not use by default. */
export function notesOnIndexes(file: string, packages: { name: string; index: string }[]): string[] {
  const indexes = new Set(packages.map(({ index }) => index).filter((index) => !isPyPI(index)));
  return [...indexes].map((index) => {
    const names = packages.filter((each) => each.index === index).map(({ name }) => name);
    const verb = names.length === 1 ? 'comes' : 'come';
    return `${file}: ${listed(names)} ${verb} from ${shownIndex(index)}, which is used only if PIP_EXTRA_INDEX_URL names it`;
  });
}

/** The URL of an index without its password or token. */
export function shownIndex(index: string): string {
  return index.replace(/[?#].*$/, '').replace(/^(\w+:\/\/)[^/]*@/, '$1***@');
}

/** The index for each name in the sources of a Pipfile or its lock. Without a name, the first, like pipenv. */
export function readSources(value: unknown): (name: unknown) => string {
  const sources = (Array.isArray(value) ? value : []).map(tableOf);
  return (name) => {
    const source = name === undefined ? sources[0] : sources.find((each) => each.name === name || each.url === name);
    return typeof source?.url === 'string' ? source.url : typeof name === 'string' ? name : '';
  };
}

function listed(names: string[]): string {
  const more = names.length - MOST_NAMED;
  return more > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more` : names.join(', ');
}
