/** A volume that the engine removes with the step's container, so that no layer contains it. */
export const BUILD_VOLUME = '/run/ezj';

/** The folder of a step's files. No file name can leave it. */
export const BUILD_FOLDER = `${BUILD_VOLUME}/files`;

/** The folder of the step's script, and of the host's files that it needs. */
export const OWN_FOLDER = `${BUILD_VOLUME}/own`;

/** The folder of each package cache, a volume that lasts. */
export const CACHE_FOLDERS = {
  pip: '/var/cache/ezj/pip',
  uv: '/var/cache/ezj/uv',
  conda: '/var/cache/ezj/conda',
  renv: '/var/cache/ezj/renv',
} as const;
