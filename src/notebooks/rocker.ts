import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ContainerFile } from '../engine/engine.ts';
import { EzjError } from '../protocol/errors.ts';
import type { ContainerContext, ImageFiles, ImageProfile } from './image-profile.ts';

const USERCONF = ['/rocker_scripts/init_userconf.sh', '/etc/cont-init.d/02_userconf', '/etc/cont-init.d/userconf'];
/** The script that passes the container's environment to R, since the end of 2021. */
const SET_ENV = '/rocker_scripts/init_set_env.sh';
const COOKIE_KEYS = ['/var/lib/rstudio-server/secure-cookie-key', '/etc/rstudio/secure-cookie-key'];

/**
 * rocker/rstudio and images built on it. Their init is process 1 and starts as root. It creates the user that the
 * environment describes, and changes the owner of everything in the home folder of that user. docs/rstudio-contract.md
 * has the facts.
 * https://rocker-project.org/images/versioned/rstudio.html
 */
export const rocker: ImageProfile = {
  name: 'rocker',
  matches: ({ config }) => 'RSTUDIO_VERSION' in config.env,
  home: (containerContext) => homeOf(containerContext),
  groups: [],
  init: {
    // The init creates the user, changes owners, switches to the user and ends its processes. PAM writes to the audit
    // log.
    capabilities: ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'],
    env: ({ identity }) => ({
      USERID: String(identity.uid),
      GROUPID: String(identity.gid),
      // Without this, the init derives the mode from its own user namespace, and is wrong if the user is root.
      RUNROOTLESS: String(identity.uid === 0),
      DISABLE_AUTH: 'false',
    }),
  },
  env: ({ identity, image }) => ({ R_LIBS_USER: `${homeOf({ identity })}/${libraryOf(image.config.env)}` }),
  knows: () => true,
  // Packages that the user installs into the library of the image would be lost with the container.
  folders: ({ image }) => parents(libraryOf(image.config.env)),
  prepare,
};

/** The user that the init of rocker creates and RStudio signs in. */
export function rockerUser({ uid }: { uid: number }): string {
  return uid === 0 ? 'root' : 'rstudio';
}

async function prepare(
  containerContext: ContainerContext,
  image: ImageFiles,
  env: Record<string, string>,
): Promise<ContainerFile[]> {
  const scripts = await Promise.all(USERCONF.map(image.read));
  const script = scripts.find((text) => text !== undefined);
  if (script === undefined)
    throw unsuitable(containerContext, 'does not have the scripts with which rocker starts RStudio Server');
  // Rootless mode exists since 2023. Older images need a user who is not root.
  const isOld = !script.includes('RUNROOTLESS');
  if (isOld && containerContext.identity.uid === 0) {
    throw unsuitable(containerContext, 'is too old to run RStudio as root, which this engine or this user needs');
  }
  const settings = {
    'session-timeout-minutes': '0',
    'session-default-working-dir': containerContext.workdir,
  };
  return [
    await withSettings(image, '/etc/rstudio/rsession.conf', settings),
    // Only ezj decides on idle sessions. An old server does not know the option and would not start.
    ...(isOld ? [] : [await withSettings(image, '/etc/rstudio/rserver.conf', serverSettings(containerContext))]),
    ...((await image.read(SET_ENV)) === undefined ? [await withVariables(containerContext, image, env)] : []),
    ...(await ownCookieKey(containerContext, image)),
    ...(await projectFile(containerContext)),
  ];
}

/** Below uid 499, which systems use for services, rocker's init does not let the user sign in. */
function serverSettings({ identity: { uid } }: ContainerContext): Record<string, string> {
  return { 'auth-timeout-minutes': '0', ...(uid > 0 && uid < 499 && { 'auth-minimum-user-id': String(uid) }) };
}

/** Up to 2021, rocker's init does not pass the environment of the container to R, so this does. */
function withVariables(
  { image: { config } }: ContainerContext,
  image: ImageFiles,
  env: Record<string, string>,
): Promise<ContainerFile> {
  const { R_HOME = '/usr/local/lib/R' } = config.env;
  const { HOME: _, ...others } = env;
  return withSettings(image, `${R_HOME}/etc/Renviron.site`, others);
}

/** Sets keys in a file of `key=value` lines. Leaves out values with several lines, which the format does not allow. */
async function withSettings(image: ImageFiles, file: string, settings: Record<string, string>): Promise<ContainerFile> {
  const text = (await image.read(file)) ?? '';
  const others = text.split('\n').filter((line) => line.trim() && !((line.split('=')[0]?.trim() ?? '') in settings));
  const fitting = Object.entries(settings).filter(([, value]) => !value.includes('\n'));
  const lines = [...others, ...fitting.map(([key, value]) => `${key}=${value}`)];
  return { path: file, content: `${lines.join('\n')}\n`, mode: 0o644, uid: 0, gid: 0 };
}

/** Replaces the key in the image: everyone with the image knows it and could sign in with it. */
async function ownCookieKey({ image: { tags } }: ContainerContext, image: ImageFiles): Promise<ContainerFile[]> {
  const keys = await findCookieKeys(image.read);
  if (keys.length > 0) {
    image.warn(
      `${tags[0] ?? 'the image'} is old: it contains a key for sign-in cookies, which everybody with the image has. This session gets its own key; a newer tag of the image is safer.`,
    );
  }
  return keys.map(cookieKey);
}

/** The files of a container that hold the key with which RStudio signs its cookies. */
export async function findCookieKeys(read: (file: string) => Promise<unknown>): Promise<string[]> {
  const found = await Promise.all(COOKIE_KEYS.map(async (file) => ((await read(file)) === undefined ? [] : [file])));
  return found.flat();
}

/** A new key in such a file. */
export function cookieKey(file: string): ContainerFile {
  return { path: file, content: `${randomUUID()}\n`, mode: 0o600, uid: 0, gid: 0 };
}

/** RStudio opens the project in this file once, when its next R session starts. */
async function projectFile({ project, file: asked, workdir, identity }: ContainerContext): Promise<ContainerFile[]> {
  const names = (await readdir(project)).filter((name) => name.endsWith('.Rproj')).sort();
  const wanted = [asked, `${path.basename(project)}.Rproj`];
  const name = wanted.find((each) => each !== undefined && names.includes(each)) ?? names[0];
  if (name === undefined) return [];
  const home = homeOf({ identity });
  const file = '.local/share/rstudio/projects_settings/next-session-project';
  return [
    ...parents(path.posix.dirname(file)).map((folder) => ({
      path: path.posix.join(home, folder),
      mode: 0o700,
      ...identity,
    })),
    { path: path.posix.join(home, file), content: path.posix.join(workdir, name), mode: 0o600, ...identity },
  ];
}

function homeOf({ identity }: Pick<ContainerContext, 'identity'>): string {
  return identity.uid === 0 ? '/root' : '/home/rstudio';
}

/** Packages do not fit another R x.y. */
function libraryOf({ R_VERSION = '' }: Record<string, string>): string {
  const version = /^\d+\.\d+/.exec(R_VERSION)?.[0];
  return version ? `R/library/${version}` : 'R/library';
}

/** `a/b/c` as `a`, `a/b`, `a/b/c`. */
function parents(folder: string): string[] {
  return folder.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
}

function unsuitable({ image }: ContainerContext, what: string): EzjError {
  return new EzjError({
    code: 'image-unsuitable',
    message: `${image.tags[0] ?? image.id} ${what}.`,
    hint: 'Name a rocker image of R 4.3 or newer: `ezj --rstudio --image rocker/rstudio:4.5`.',
  });
}
