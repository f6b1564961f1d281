/** Where a step finds its files: a volume that goes with the step's container, so that nothing of it stays in a layer. */
export const BUILD_FOLDER = '/run/ezj';

/** Where a step finds each package cache, a volume that stays. */
export const CACHE_FOLDERS = {
  pip: '/var/cache/ezj/pip',
  uv: '/var/cache/ezj/uv',
  conda: '/var/cache/ezj/conda',
  renv: '/var/cache/ezj/renv',
} as const;
