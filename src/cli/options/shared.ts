import type { OptionValues } from '../declaration.ts';
import { argument, option } from '../declare-option.ts';
import { parseImage, parseKind } from './parsers.ts';

/** The session that most commands are about. */
export const SESSION = argument('[NAME]', 'Name or folder of a session (default: this folder)', {
  completes: 'sessions',
});

/** The project folder of the commands on environments. */
export const FOLDER = argument('[DIR]', 'A project folder', { default: '.', completes: 'projects' });

/** Which of a folder's environments is meant; they differ by kind and base image. */
export const WHICH_ENVIRONMENT = {
  kind: option('--kind <NAME>', 'For this kind of notebook', { parse: parseKind, completes: 'kinds' }),
  image: option('--image <REF>', 'On this base image', { parse: parseImage }),
};

export type WhichEnvironment = OptionValues<typeof WHICH_ENVIRONMENT>;
