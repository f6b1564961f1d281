import type { ConfigKey } from '../config/keys.ts';
import type { ImageName } from '../protocol/image.ts';
import type { ServerContract } from './server-contract.ts';

/** Where the image of a kind comes from: a fixed reference, or the configuration. */
export type ImageSource =
  | { reference: string }
  | {
      /** The configuration key for the choice: `auto`, `official`, `built` or a reference. */
      choice: ConfigKey & `image.${string}`;
      /** The configuration key of the official image. */
      official: ConfigKey & `official.${string}`;
      /** The image that ezj builds; a kind without one uses only images from registries. */
      own?: ImageName;
    };

/** How to run an image; each name has an entry in `image-profiles.ts`. */
export type ImageProfileName = 'ezj' | 'docker-stacks' | 'rocker' | 'unknown';

/** The definition of a kind. Built-in kinds and those of users have the same form. */
export interface Kind extends Omit<ServerContract, 'port'> {
  name: string;
  /** For messages: "a Python notebook". */
  title: string;
  image: ImageSource;
  /** The port in the container; if missing, the image defines it. */
  port?: number;
  /** The server's argv; if missing, the command of the image or of its profile. */
  command?: string[];
  env: Record<string, string>;
  /** How to run the image so that files belong to the user; `auto`: detect it from the image. */
  ownership: 'auto' | ImageProfileName;
  /** The mount point of the project; `{folder}` is its name. */
  workdir: string;
  /** The kernel of a new notebook, by the name of its kernelspec. */
  kernel?: string;
}
