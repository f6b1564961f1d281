import { invalid } from './invalid.ts';
import type { NamedFile } from './named-files.ts';
import { readTomlFile, tableOf } from './toml-file.ts';

/**
 * The packages of a Pipfile, as lines of a requirements file. https://pipenv.pypa.io/en/latest/pipfile.html
 * @throws `environment-invalid`
 */
export async function readPipfile(file: NamedFile): Promise<{ requirements: string[]; notes: string[] }> {
  const entries = Object.entries(tableOf((await readTomlFile(file)).packages));
  const notes: string[] = [];
  const requirements = entries.flatMap(([name, value]) => {
    const {
      version = '*',
      extras,
      markers,
      ...other
    } = typeof value === 'string' ? { version: value } : tableOf(value);
    if (Object.keys(other).some((key) => ['git', 'path', 'file', 'editable'].includes(key))) {
      notes.push(`${file.path}: ${name} is left out, for it comes from no index`);
      return [];
    }
    if (typeof version !== 'string') throw invalid(file.path, `${name}: its version is no text`);
    const extra = Array.isArray(extras) && extras.length > 0 ? `[${extras.join(',')}]` : '';
    return [`${name}${extra}${version === '*' ? '' : version}${markers ? ` ; ${markers}` : ''}`];
  });
  return { requirements, notes };
}
