import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { bridgeAddress, makeArchive } from './package-index.ts';

/** A repository of R packages as CRAN lays them out, where containers reach it. */
export interface Cran {
  url: string;
  /** Names of the packages that were fetched so far. */
  fetched: string[];
  /** Adds a source package whose functions are this text, and which imports another. */
  add: (name: string, version: string, functions: string, imports?: string) => Promise<void>;
  close: () => Promise<void>;
}

/** Serves R packages on the address that the engine's bridge has on this machine. */
export async function startCran(): Promise<Cran> {
  const host = await bridgeAddress();
  const files = new Map<string, Buffer>();
  const fetched: string[] = [];
  const index: string[] = [];
  const server = http.createServer((call, answer) => {
    const name = (call.url ?? '').replace('/src/contrib/', '');
    const content = name === 'PACKAGES' ? Buffer.from(index.join('\n')) : files.get(name);
    if (!content) return void answer.writeHead(404).end();
    if (name !== 'PACKAGES') fetched.push(name);
    answer.writeHead(200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    fetched,
    async add(name, version, functions, imports) {
      const description = `Package: ${name}\nVersion: ${version}\n${imports === undefined ? '' : `Imports: ${imports}\n`}`;
      const more =
        'Title: Of the Tests\nDescription: Of the tests.\nLicense: MIT\nAuthor: ezj\nMaintainer: ezj <ezj@example.org>\n';
      files.set(
        `${name}_${version}.tar.gz`,
        await makeArchive({
          [`${name}/DESCRIPTION`]: description + more,
          [`${name}/NAMESPACE`]: 'exportPattern(".")\n',
          [`${name}/R/all.R`]: functions,
        }),
      );
      index.push(description);
    },
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

/** Stands in for renv, which is on CRAN only: `restore` installs what a lock names, by the arguments of renv's own. */
export const STAND_IN_RENV = `
restore <- function(project = NULL, ..., library = NULL, lockfile = NULL, packages = NULL, exclude = NULL, rebuild = FALSE,
                    repos = NULL, clean = FALSE, transactional = NULL, prompt = interactive()) {
  stopifnot(!prompt, nzchar(Sys.getenv("RENV_PATHS_ROOT")), Sys.getenv("RENV_CONFIG_CACHE_SYMLINKS") == "FALSE")
  writeLines("used", file.path(Sys.getenv("RENV_PATHS_ROOT"), "stand-in"))
  locked <- jsonlite::fromJSON(lockfile, simplifyVector = FALSE)$Packages
  utils::install.packages(names(locked), lib = library, repos = repos)
  for (each in locked) stopifnot(utils::packageVersion(each$Package, lib.loc = library) == each$Version)
}
`;
