import type { ConfigKey } from '../config/keys.ts';
import type { ImageName } from '../protocol/routes.ts';
import type { KindName } from '../protocol/session.ts';

/** What makes one kind of notebook different from another. */
export interface Kind {
  name: KindName;
  /** For messages: "a Python notebook". */
  title: string;
  /** The image that ezj builds for it. */
  ownImage: ImageName;
  /** Key of the configuration that chooses the image. */
  imageKey: ConfigKey & `image.${string}`;
  /** Key of the configuration that names the official image. */
  officialKey: ConfigKey & `official.${string}`;
  /** The kernel that a new notebook gets, by the name of its kernelspec. */
  kernel: string;
}

/** The kinds that ezj knows. */
export const KINDS: Record<KindName, Kind> = {
  python: {
    name: 'python',
    title: 'Python',
    ownImage: 'python',
    imageKey: 'image.python',
    officialKey: 'official.python',
    kernel: 'python3',
  },
  r: { name: 'r', title: 'R', ownImage: 'r', imageKey: 'image.r', officialKey: 'official.r', kernel: 'ir' },
};
