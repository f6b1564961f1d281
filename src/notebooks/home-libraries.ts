import type { ContainerFile, Image } from '../engine/engine.ts';
import type { ContainerContext, ImageFiles } from './image-profile.ts';

/**
 * Variables by which R installs into the home folder, which lasts, whatever of the image is writable; commands that packages of Python
 * bring are found there. R puts its own version in the place of `%v`: packages of one R x.y do not fit another.
 * https://stat.ethz.ch/R-manual/R-devel/library/base/html/libPaths.html
 */
export function homeLibraries(home: string, { config: { env } }: Image): Record<string, string> {
  return { R_LIBS_USER: `${home}/R/library/%v`, ...(env.PATH ? { PATH: `${home}/.local/bin:${env.PATH}` } : {}) };
}

const ALLOWED = ['break-system-packages = true', 'root-user-action = ignore'];
const PIP_SETTINGS = { install: ['user = true', ...ALLOWED], uninstall: ALLOWED };

/**
 * Settings by which pip installs into the home folder, whoever the user is: beside the image's interpreters, for there they hold
 * for these alone. A variable would hold in virtual environments too, and of those nothing can be installed outside.
 * https://pip.pypa.io/en/stable/topics/configuration/#location
 */
export async function pipSettings({ image }: ContainerContext, { read }: ImageFiles): Promise<ContainerFile[]> {
  const { CONDA_DIR, VIRTUAL_ENV } = image.config.env;
  if (VIRTUAL_ENV !== undefined) return [];
  const files = ['/usr', '/usr/local', ...(CONDA_DIR?.startsWith('/') ? [CONDA_DIR] : [])].map(async (prefix) => {
    const path = `${prefix}/pip.conf`;
    const text = (await read(path)) ?? '';
    // Whoever made the image has decided.
    if (/^\s*user\s*[=:]/m.test(text)) return [];
    const content = Object.entries(PIP_SETTINGS).reduce(withSection, text);
    return [{ path, content, mode: 0o644, uid: 0, gid: 0 }];
  });
  return (await Promise.all(files)).flat();
}

/** A section must not stand there twice, and what it says already counts. */
function withSection(text: string, [section, wanted]: [string, string[]]): string {
  const header = new RegExp(`^\\[${section}\\][^\\n]*\\n?`, 'm');
  const [before = '', after] = splitOnce(text, header);
  const said = after?.split(/^\[/m)[0] ?? '';
  const lacking = wanted.filter((each) => !new RegExp(`^\\s*${each.split(' ')[0]}\\s*[=:]`, 'm').test(said));
  const settings = lacking.map((each) => `${each}\n`).join('');
  if (after !== undefined) return `${before.trimEnd()}\n${settings}${after}`;
  return `${text === '' ? '' : `${text.trimEnd()}\n`}[${section}]\n${settings}`;
}

/** A text parted behind the first match. */
function splitOnce(text: string, pattern: RegExp): [string, string?] {
  const match = pattern.exec(text);
  if (!match) return [text];
  const end = match.index + match[0].length;
  return [text.slice(0, end), text.slice(end)];
}
