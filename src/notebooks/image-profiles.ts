import type { ContainerFile, Image } from '../engine/engine.ts';
import { EzjError } from '../protocol/errors.ts';
import { dockerStacks } from './docker-stacks.ts';
import { homeLibraries, pipSettings } from './home-libraries.ts';
import { contractOf, type Kind } from './kinds.ts';
import { rocker } from './rocker.ts';
import { JUPYTER } from './server-contract.ts';

/** What a family needs to know to lay out a container. */
export interface Layout {
  kind: Kind;
  image: Image;
  /** The project folder on this machine. */
  project: string;
  /** The project folder inside the container. */
  workdir: string;
  /** A file of the project that the session is to be opened with, relative to it. */
  file?: string;
  /** The project's own files name or make the image, which is run as those of Binder are: with Jupyter as its command. */
  ofProject?: boolean;
  /** Whose files the session writes, as the container sees it; root in a rootless engine or for a user who is root. */
  identity: { uid: number; gid: number };
}

export type FamilyName = 'ezj' | 'docker-stacks' | 'rocker' | 'unknown';

/** How images of one family want to be run as an arbitrary user on a project folder. */
export interface Family {
  name: FamilyName;
  matches(image: Image): boolean;
  /** The home folder, where the volume that lasts is mounted. */
  home(layout: Layout): string;
  /** Supplementary groups, by id. */
  groups: string[];
  /**
   * Its own init starts as root and becomes the user by itself: the capabilities that this takes, and the variables by which
   * the init is told, which nobody else may set.
   */
  init?: { capabilities: string[]; env(layout: Layout): Record<string, string> };
  entrypoint?(layout: Layout): string[] | undefined;
  cmd?(layout: Layout): string[] | undefined;
  env?(layout: Layout): Record<string, string>;
  /** Whether the image has a name for this uid and a home folder that it can write to, or makes them. */
  knows(uid: number): boolean;
  /** Folders below the home that must exist before the start, for packages that the user installs. */
  folders(layout: Layout): string[];
  /**
   * What else has to be put into the container before its start, for which files of the image are read; `warn` tells the
   * user what was mended. `env` is the container's environment without its secret. Throws `image-unsuitable`.
   */
  prepare?(layout: Layout, image: ImageFiles, env: Record<string, string>): Promise<ContainerFile[]>;
}

/** The files of a container that has not started, and where remarks on them go. */
export interface ImageFiles {
  read(path: string): Promise<string | undefined>;
  warn(text: string): void;
}

/** Images that ezj builds: any uid works in them, and their own command starts the server in the working directory. */
const ezj: Family = {
  name: 'ezj',
  matches: ({ labels }) => Boolean(labels['ezj.image']),
  home: () => '/home/ezj',
  groups: [],
  knows: (uid) => uid === 0 || uid === 1000,
  folders: () => [],
  prepare: pipSettings,
};

/** Anything else that serves by its own command; one of a project's own, by Jupyter, where the kind is Jupyter. */
const unknown: Family = {
  name: 'unknown',
  matches: () => true,
  home: () => '/home/ezj',
  groups: [],
  env: ({ image }) => homeLibraries('/home/ezj', image),
  cmd: ({ ofProject, kind, image, identity, workdir }) => {
    const { entrypoint, cmd } = image.config;
    const startsIt = [...entrypoint, ...cmd].some((word) => word.includes('jupyter'));
    if (!ofProject || startsIt || kind.secret !== JUPYTER.secret) return undefined;
    return [
      ...['jupyter', 'lab', '--ip=0.0.0.0', '--no-browser', `--port=${contractOf(kind, { image, identity }).port}`],
      ...[`--ServerApp.root_dir=${workdir}`, '--ServerApp.port_retries=0'],
      ...(identity.uid === 0 ? ['--allow-root'] : []),
    ];
  },
  knows: () => false,
  folders: () => [],
  prepare: pipSettings,
};

const FAMILIES = [rocker, ezj, dockerStacks, unknown];

/**
 * The family as which the images of a kind are run. Root from an image's own init is given only where the kind says so,
 * never because an image looks like one that wants it.
 * @throws `image-unsuitable`
 */
export function familyFor({ title, ownership }: Kind, image: Image): Family {
  const seen = FAMILIES.find((family) => family.matches(image)) ?? unknown;
  const wanted = ownership === 'auto' ? seen : (FAMILIES.find(({ name }) => name === ownership) ?? unknown);
  if (wanted.init && !wanted.matches(image)) {
    throw unsuitable(
      image,
      `is no ${wanted.name} image, and ${title} needs one`,
      `Leave out --image, or name one built on ${wanted.name}.`,
    );
  }
  if (seen.init && ownership !== seen.name) {
    throw unsuitable(image, `is a ${seen.name} image, which serves no ${title}`, 'Add --rstudio for RStudio.');
  }
  return wanted;
}

function unsuitable({ tags, id }: Image, what: string, hint: string): EzjError {
  return new EzjError({ code: 'image-unsuitable', message: `${tags[0] ?? id} ${what}.`, hint });
}
