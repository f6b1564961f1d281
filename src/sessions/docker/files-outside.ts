import type { ChangeWatch, Engine } from '../../engine/engine.ts';

/** Files that the system in a container and ezj write. Users do not need them. */
const WRITTEN_BY_ITSELF = [
  /^\/(tmp|run)(\/|$)/,
  /^\/var\/(tmp|run|log|cache|lib\/apt|lib\/dpkg|lib\/systemd)(\/|$)/,
  /^\/etc\/(ezj(\/.*)?|passwd-?|group-?|shadow-?|hosts|hostname|resolv\.conf|ld\.so\.cache)$/,
  /\/__pycache__(\/|$)/,
  /\.pyc$/,
  // The settings that direct packages to the home folder.
  /\/pip\.conf$/,
  // Files that rocker's init and RStudio Server write.
  /^\/etc\/(rstudio(\/.*)?|gshadow-?|sub[ug]id-?|\.pwd\.lock|environment|localtime|timezone|default\/locale|R\/Renviron\.site)$/,
  /^\/(usr\/local\/lib|usr\/lib|opt)\/R\/(.*\/)?etc\/Renviron\.site$/,
  /^\/(var\/lib\/rstudio-server|var\/mail|var\/spool\/mail|etc\/s6|etc\/services\.d\/[^/]+\/supervise|usr\/lib\/locale)(\/|$)/,
  // The mount point of the init process of the engine.
  /\/docker-init$/,
];

/**
 * Lists changed files in a container outside the project, the mounts and the home folder. They are lost with the
 * container.
 */
export async function filesOutside(engine: Engine, container: string): Promise<string[]> {
  return missed(await engine.changedPaths(container));
}

/**
 * Like {@link filesOutside}, for a container that was watched until its end. Usually the watch shows at once that there
 * are none.
 */
export async function filesLeft(engine: Engine, container: string, watch: ChangeWatch | undefined): Promise<string[]> {
  const seen = await watch?.changedPaths();
  return seen && missed(seen).length === 0 ? [] : filesOutside(engine, container);
}

function missed(paths: string[]): string[] {
  return paths.filter((path) => !WRITTEN_BY_ITSELF.some((pattern) => pattern.test(path)));
}
