/** A volume that goes with the step's container, so that nothing of it stays in a layer. */
export const BUILD_VOLUME = '/run/ezj';

/** Where a step finds its files. No name of a file leads out of it. */
export const BUILD_FOLDER = `${BUILD_VOLUME}/files`;

/** Where the step itself lies, and what it needs of the host. */
export const OWN_FOLDER = `${BUILD_VOLUME}/own`;

/** Where a step finds each package cache, a volume that stays. */
export const CACHE_FOLDERS = {
  pip: '/var/cache/ezj/pip',
  uv: '/var/cache/ezj/uv',
  conda: '/var/cache/ezj/conda',
  renv: '/var/cache/ezj/renv',
} as const;
