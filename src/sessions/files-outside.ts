import type { ChangeWatch, Engine } from '../engine/engine.ts';

/** What the system in a container writes by itself, and what ezj puts there: nobody misses it. */
const WRITTEN_BY_ITSELF = [
  /^\/(tmp|run)(\/|$)/,
  /^\/var\/(tmp|run|log|cache|lib\/apt|lib\/dpkg|lib\/systemd)(\/|$)/,
  /^\/etc\/(ezj(\/.*)?|passwd-?|group-?|shadow-?|hosts|hostname|resolv\.conf|ld\.so\.cache)$/,
  /\/__pycache__(\/|$)/,
  /\.pyc$/,
  // Where packages go to.
  /\/pip\.conf$/,
  // What rocker's init and RStudio Server write.
  /^\/etc\/(rstudio(\/.*)?|gshadow-?|sub[ug]id-?|\.pwd\.lock|environment|localtime|timezone|default\/locale|R\/Renviron\.site)$/,
  /^\/(usr\/local\/lib|usr\/lib|opt)\/R\/(.*\/)?etc\/Renviron\.site$/,
  /^\/(var\/lib\/rstudio-server|var\/mail|var\/spool\/mail|etc\/s6|etc\/services\.d\/[^/]+\/supervise|usr\/lib\/locale)(\/|$)/,
  // Where the engine mounts its init process.
  /\/docker-init$/,
];

/** Files that were made or changed in the container outside the project, the mounts and the home folder: they end with it. */
export async function filesOutside(engine: Engine, container: string): Promise<string[]> {
  return missed(await engine.changedPaths(container));
}

/** As {@link filesOutside}, of a container that was watched until its end: mostly it holds none, which is known at once then. */
export async function filesLeft(engine: Engine, container: string, watch: ChangeWatch | undefined): Promise<string[]> {
  const seen = await watch?.changedPaths();
  return seen && missed(seen).length === 0 ? [] : filesOutside(engine, container);
}

function missed(paths: string[]): string[] {
  return paths.filter((path) => !WRITTEN_BY_ITSELF.some((pattern) => pattern.test(path)));
}

/** How many they are; undefined where the engine cannot tell, which is no reason to fail what is asked beside it. */
export async function countFilesOutside(engine: Engine, container: string): Promise<number | undefined> {
  return filesOutside(engine, container).then(
    ({ length }) => length,
    () => undefined,
  );
}
