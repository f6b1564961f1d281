import type { ContainerFile, Image } from '../engine/engine.ts';
import type { ContainerContext, ImageFiles } from './image-profile.ts';

/**
 * Variables that make R install into the home folder, which lasts, even if folders of the image are writable. Commands
 * of Python packages are found there too. R replaces `%v` with its version, because packages do not fit another R x.y.
 * https://stat.ethz.ch/R-manual/R-devel/library/base/html/libPaths.html
 */
export function homeLibraries(home: string, { config: { env } }: Image): Record<string, string> {
  return { R_LIBS_USER: `${home}/R/library/%v`, ...(env.PATH ? { PATH: `${home}/.local/bin:${env.PATH}` } : {}) };
}

const ALLOWED = ['break-system-packages = true', 'root-user-action = ignore'];
const PIP_SETTINGS = { install: ['user = true', ...ALLOWED], uninstall: ALLOWED };

/**
 * Settings that make pip install into the home folder for every user. They are files next to the interpreters of the
 * image, so they apply only to these. A variable would also apply in virtual environments, which do not allow such an
 * install.
 * https://pip.pypa.io/en/stable/topics/configuration/#location
 */
export async function pipSettings({ image }: ContainerContext, { read }: ImageFiles): Promise<ContainerFile[]> {
  const { CONDA_DIR, VIRTUAL_ENV } = image.config.env;
  if (VIRTUAL_ENV !== undefined) return [];
  const files = ['/usr', '/usr/local', ...(CONDA_DIR?.startsWith('/') ? [CONDA_DIR] : [])].map(async (prefix) => {
    const path = `${prefix}/pip.conf`;
    const text = (await read(path)) ?? '';
    // Keeps the choice of the author of the image.
    if (/^\s*user\s*[=:]/m.test(text)) return [];
    const content = Object.entries(PIP_SETTINGS).reduce(withSection, text);
    return [{ path, content, mode: 0o644, uid: 0, gid: 0 }];
  });
  return (await Promise.all(files)).flat();
}

/** Adds to an existing section, because a section may not occur twice. Existing settings have priority. */
function withSection(text: string, [section, wanted]: [string, string[]]): string {
  const header = new RegExp(`^\\[${section}\\][^\\n]*\\n?`, 'm');
  const [before = '', after] = splitOnce(text, header);
  const said = after?.split(/^\[/m)[0] ?? '';
  const lacking = wanted.filter((each) => !new RegExp(`^\\s*${each.split(' ')[0]}\\s*[=:]`, 'm').test(said));
  const settings = lacking.map((each) => `${each}\n`).join('');
  if (after !== undefined) return `${before.trimEnd()}\n${settings}${after}`;
  return `${text === '' ? '' : `${text.trimEnd()}\n`}[${section}]\n${settings}`;
}

/** Splits a text after the first match. */
function splitOnce(text: string, pattern: RegExp): [string, string?] {
  const match = pattern.exec(text);
  if (!match) return [text];
  const end = match.index + match[0].length;
  return [text.slice(0, end), text.slice(end)];
}
