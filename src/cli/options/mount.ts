import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { EzjError } from '../../protocol/errors.ts';
import type { MountRequest } from '../../protocol/session.ts';
import { invalidOption } from './invalid-option.ts';

const ACCEPTED = 'SRC, SRC:DST or SRC:DST:ro, or type=bind,source=SRC,target=DST,readonly for a SRC with colons';

/** A mount as it was written: nothing resolved, nothing checked on the disk. */
export interface MountText {
  source: string;
  target?: string;
  readOnly: boolean;
}

/** `-v SRC[:DST[:ro|rw]]`, or docker's long form `type=bind,source=…,target=…,readonly`. `isFile` settles colons in SRC. */
export function parseMount(value: string, isFile: (file: string) => boolean = existsSync): MountText {
  const mount = /^(type|source|src|target|destination|dst)=/.test(value) ? parseLong(value) : parseShort(value, isFile);
  if (mount.source === '') throw invalidOption('--mount', value, ACCEPTED);
  if (mount.target !== undefined && !/^\/+[^/]/.test(mount.target)) {
    throw invalidOption('--mount', value, `${ACCEPTED}; DST is a path in the container that begins with "/"`);
  }
  return mount;
}

/** The mount with its source as a real path, and `/mnt/NAME` where no target was given. Throws `mount-missing`. */
export function resolveMount(mount: MountText, cwd: string): MountRequest {
  const absolute = path.resolve(cwd, mount.source);
  let source: string;
  try {
    source = realpathSync(absolute);
  } catch (cause) {
    throw new EzjError({
      code: 'mount-missing',
      message: `--mount ${JSON.stringify(mount.source)}: there is no ${absolute}`,
      hint: 'Make the folder first, or correct the path.',
      cause,
    });
  }
  const target = mount.target ?? `/mnt/${path.basename(absolute) || 'root'}`;
  return { source, target: path.posix.normalize(target).replace(/\/$/, ''), readOnly: mount.readOnly };
}

/** Home folders of the images, where the volume of each session is. */
const HOMES = ['/home/ezj', '/home/jovyan'];

/**
 * All mounts of the command line. Two with the same target are a `usage` error, and so is one that would hide the project
 * or the home folder.
 */
export function resolveMounts(values: string[], { cwd, project }: { cwd: string; project: string }): MountRequest[] {
  const mounts = values.map((value) => resolveMount(parseMount(value), cwd));
  const taken = [`/work/${path.basename(project) || 'root'}`, ...HOMES];
  for (const [index, { source, target }] of mounts.entries()) {
    const hidden = taken.find((folder) => `${folder}/`.startsWith(`${target}/`));
    if (hidden) {
      throw invalidOption(
        '--mount',
        values[index] ?? source,
        `another target than ${target || '/'}, which would hide ${hidden}`,
      );
    }
    const other = mounts.findIndex((mount) => mount.target === target);
    if (other === index) continue;
    throw invalidOption('--mount', values[index] ?? source, `another target than ${target}, where ${values[other]} is`);
  }
  return mounts;
}

function parseShort(value: string, isFile: (file: string) => boolean): MountText {
  const mode = /:(ro|rw)$/.exec(value)?.[1];
  const rest = mode ? value.slice(0, -3) : value;
  const readOnly = mode === 'ro';
  // The target begins with a slash, so a colon before anything else belongs to the source; of several, the last one counts.
  const at = rest.lastIndexOf(':/');
  const isDrive = at === 1 && /^[A-Za-z]:\/$/.test(rest.slice(0, 3)) && process.platform === 'win32';
  // `:wo` and the like are typing errors; a target that really has a colon takes the long form.
  if (!isDrive && rest.indexOf(':', at + 1) > at && at !== -1) throw invalidOption('--mount', value, ACCEPTED);
  if (at !== -1 && !isDrive) return { source: rest.slice(0, at), target: rest.slice(at + 1), readOnly };
  const hasColon = rest.replace(/^[A-Za-z]:(?=[\\/])/, '').includes(':');
  if (hasColon && !isFile(rest)) throw invalidOption('--mount', value, `${ACCEPTED}; DST begins with "/"`);
  return { source: rest, readOnly };
}

function parseLong(value: string): MountText {
  const fields = new Map(
    value.split(',').map((field): [string, string] => {
      const at = field.indexOf('=');
      return at === -1 ? [field, 'true'] : [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  const take = (...names: string[]) => {
    const found = names.filter((name) => fields.has(name)).map((name) => fields.get(name));
    for (const name of names) fields.delete(name);
    return found[0];
  };
  const type = take('type') ?? 'bind';
  const source = take('source', 'src');
  const target = take('target', 'destination', 'dst');
  const readOnly = take('readonly', 'ro') ?? 'false';
  if (type !== 'bind' || source === undefined || fields.size > 0 || !/^(true|false|1|0)$/.test(readOnly)) {
    throw invalidOption('--mount', value, ACCEPTED);
  }
  return { source, target, readOnly: readOnly === 'true' || readOnly === '1' };
}
