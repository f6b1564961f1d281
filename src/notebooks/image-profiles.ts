import type { Image } from '../engine/engine.ts';
import { EzjError } from '../protocol/errors.ts';
import { dockerStacks } from './docker-stacks.ts';
import { homeLibraries, pipSettings } from './home-libraries.ts';
import type { ImageProfile } from './image-profile.ts';
import { accessOptions } from './jupyter-access.ts';
import type { Kind } from './kind.ts';
import { contractOf } from './kinds.ts';
import { rocker } from './rocker.ts';
import { JUPYTER } from './server-contract.ts';

/** Images that ezj builds. Any uid works in them, and their command starts the server in the working directory. */
const ezj: ImageProfile = {
  name: 'ezj',
  matches: ({ labels }) => Boolean(labels['ezj.image']),
  home: () => '/home/ezj',
  groups: [],
  cmd: (containerContext) => {
    const { cmd } = containerContext.image.config;
    return cmd[0] === 'ezj-notebook' ? [...cmd, ...accessOptions(containerContext)] : undefined;
  },
  knows: (uid) => uid === 0 || uid === 1000,
  folders: () => [],
  settings: pipSettings,
};

/**
 * Any other image that starts its server with its own command. An image of a project starts Jupyter if the kind is
 * Jupyter.
 */
const unknown: ImageProfile = {
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
  settings: pipSettings,
};

const PROFILES = [rocker, ezj, dockerStacks, unknown];

/**
 * Chooses the profile for an image of a kind. Only the kind can allow an init that starts as root; the look of an image
 * never does.
 * @throws `image-unsuitable`
 */
export function profileFor({ title, ownership }: Kind, image: Image): ImageProfile {
  const seen = PROFILES.find((profile) => profile.matches(image)) ?? unknown;
  const wanted = ownership === 'auto' ? seen : (PROFILES.find(({ name }) => name === ownership) ?? unknown);
  if (wanted.init && !wanted.matches(image)) {
    throw unsuitable(
      image,
      `is not a ${wanted.name} image, and ${title} needs one`,
      `Leave out --image, or name one built on ${wanted.name}.`,
    );
  }
  if (seen.init && ownership !== seen.name) {
    throw unsuitable(image, `is a ${seen.name} image, which does not run ${title}`, 'Add --rstudio for RStudio.');
  }
  return wanted;
}

function unsuitable({ tags, id }: Image, what: string, hint: string): EzjError {
  return new EzjError({ code: 'image-unsuitable', message: `${tags[0] ?? id} ${what}.`, hint });
}
