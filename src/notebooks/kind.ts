import type { ConfigKey } from '../config/keys.ts';
import type { ImageName } from '../protocol/image.ts';
import type { ServerContract } from './server-contract.ts';

/** Where the image of a kind comes from: one reference, or what the configuration chooses. */
export type ImageSource =
  | { reference: string }
  | {
      /** Key that chooses: `auto`, `official`, `built` or a reference. */
      choice: ConfigKey & `image.${string}`;
      /** Key that names the official image. */
      official: ConfigKey & `official.${string}`;
      /** The image that ezj builds; a kind without one has only images that are pulled. */
      own?: ImageName;
    };

/** How images are run; each name is one entry of `image-profiles.ts`. */
export type ImageProfileName = 'ezj' | 'docker-stacks' | 'rocker' | 'unknown';

/** What makes one kind of notebook different from another. Every kind is data of this form, built in or a user's. */
export interface Kind extends Omit<ServerContract, 'port'> {
  name: string;
  /** For messages: "a Python notebook". */
  title: string;
  image: ImageSource;
  /** Port in the container; where missing, the image tells. */
  port?: number;
  /** The server's argv; where missing, the image's own or its profile's. */
  command?: string[];
  env: Record<string, string>;
  /** How the image wants to be run so that files belong to the user; `auto`: as the image shows. */
  ownership: 'auto' | ImageProfileName;
  /** Where the project is mounted; `{folder}` is its name. */
  workdir: string;
  /** The kernel that a new notebook gets, by the name of its kernelspec. */
  kernel?: string;
}
