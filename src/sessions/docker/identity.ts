import type { ContainerFile, EngineInfo } from '../../engine/engine.ts';
import type { StartRequest } from '../../protocol/session.ts';
import type { Identity } from '../runtime.ts';

/**
 * Gets the uid and gid in the container whose files belong to the user on the host. A rootless engine maps root in the
 * container to the user. Otherwise the IDs are the same inside and outside (an engine in a virtual machine ignores
 * them).
 */
export function identityOf({ user }: Pick<StartRequest, 'user'>, engine: EngineInfo): Identity {
  if (engine.rootless) return { uid: 0, gid: 0 };
  return user ?? { uid: 1000, gid: 1000 };
}

/**
 * Creates files that give the user a name in the container: lines in /etc/passwd and /etc/group, if the image has none
 * for these IDs. Without a name, programs such as ssh and git refuse to work.
 */
export async function identityFiles(
  read: (file: string) => Promise<string | undefined>,
  { uid, gid }: Identity,
  home: string,
): Promise<ContainerFile[]> {
  const [passwd, group] = await Promise.all(
    ['/etc/passwd', '/etc/group'].map(async (file) => (await read(file)) ?? ''),
  );
  const files: ContainerFile[] = [];
  const add = (file: string, content: string, line: string) =>
    files.push({ path: file, content: `${content.replace(/\n*$/, '\n')}${line}\n`, mode: 0o644, uid: 0, gid: 0 });
  if (!hasId(passwd ?? '', uid)) add('/etc/passwd', passwd ?? '', `user:x:${uid}:${gid}:User:${home}:/bin/bash`);
  if (!hasId(group ?? '', gid)) add('/etc/group', group ?? '', `user:x:${gid}:`);
  return files;
}

/** Whether a passwd or group file has an entry with this ID. */
function hasId(file: string, id: number): boolean {
  return file.split('\n').some((line) => line.split(':')[2] === String(id));
}
