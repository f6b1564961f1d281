import path from 'node:path';
import type { UserKind } from '../config/user-kinds.ts';
import type { Image } from '../engine/engine.ts';
import { EzjError } from '../protocol/errors.ts';
import type { KindSummary } from '../protocol/project.ts';
import type { ContainerContext } from './image-profile.ts';
import type { Kind } from './kind.ts';
import { rockerUser } from './rocker.ts';
import { fill, JUPYTER, type ServerContract } from './server-contract.ts';

const jupyterLab = {
  ...JUPYTER,
  env: {},
  ownership: 'auto',
  workdir: '/work/{folder}',
} as const;

/** The built-in kinds. */
export const BUILT_IN: Record<string, Kind> = {
  python: {
    ...jupyterLab,
    name: 'python',
    title: 'Python',
    image: { choice: 'image.python', official: 'official.python', own: 'python' },
    kernel: 'python3',
  },
  r: {
    ...jupyterLab,
    name: 'r',
    title: 'R',
    image: { choice: 'image.r', official: 'official.r', own: 'r' },
    kernel: 'ir',
  },
  rstudio: {
    name: 'rstudio',
    title: 'RStudio',
    image: { choice: 'image.rstudio', official: 'official.rstudio' },
    port: 8787,
    env: {},
    secret: 'PASSWORD',
    signIn: 'rstudio',
    // Not `/`, which redirects an agent that is not a browser: docs/rstudio-contract.md.
    ready: { path: '/auth-public-key', statuses: [200] },
    url: '/',
    ownership: 'rocker',
    // Outside the home folder, because rocker's init changes the owner of everything in it.
    workdir: '/work/{folder}',
  },
};

/** Converts a kind from the configuration or a project file, with its defaults. */
export function toKind(name: string, { title = name, image, ...given }: UserKind): Kind {
  return { ...given, name, title, image: { reference: image } };
}

/**
 * Finds a kind by name among the built-in kinds and those of the user.
 * @throws `kind-unknown`, with the existing names
 */
export function findKind(name: string, users: Record<string, UserKind>): Kind {
  const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (builtIn) return builtIn;
  const own = Object.hasOwn(users, name) ? users[name] : undefined;
  if (own) return toKind(name, own);
  throw new EzjError({
    code: 'kind-unknown',
    message: `There is no kind ${JSON.stringify(name)}.`,
    hint: `Kinds: ${[...Object.keys(BUILT_IN), ...Object.keys(users)].join(', ')}. \`ezj config schema\` prints the keys of a kind that you define.`,
  });
}

/**
 * Lists all kinds with their source. A kind of the project has priority over one of the same name in the configuration.
 */
export function listKinds(users: Record<'configuration' | 'project', Record<string, UserKind>>): KindSummary[] {
  const summaries = new Map<string, KindSummary>();
  const add = ({ name, title, image }: Kind, from: KindSummary['from']) =>
    summaries.set(name, { name, title, image: 'reference' in image ? image.reference : image.choice, from });
  for (const kind of Object.values(BUILT_IN)) add(kind, 'ezj');
  for (const from of ['configuration', 'project'] as const) {
    for (const [name, kind] of Object.entries(users[from])) add(toKind(name, kind), from);
  }
  return [...summaries.values()];
}

/** The mount point of a project in containers of a kind. */
export function workdirOf({ workdir }: Kind, project: string): string {
  return fill(workdir, { folder: path.basename(project) || 'root' });
}

const JUPYTER_PORT = 8888;

/** The server contract of a kind in a container of this image. */
export function contractOf(
  { port, secret, signIn, ready, url, fileUrl, activity, ownToken, user }: Kind,
  { image, identity }: { image: Image; identity: ContainerContext['identity'] },
): ServerContract {
  return {
    port: port ?? exposedPort(image),
    secret,
    signIn,
    ready,
    url,
    fileUrl,
    activity,
    ownToken,
    user: user ?? (signIn === 'rstudio' ? rockerUser(identity) : undefined),
  };
}

function exposedPort({ config: { exposedPorts } }: Image): number {
  return exposedPorts.includes(JUPYTER_PORT) ? JUPYTER_PORT : (exposedPorts[0] ?? JUPYTER_PORT);
}
