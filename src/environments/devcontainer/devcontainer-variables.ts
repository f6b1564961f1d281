import path from 'node:path';

/** What the variables in a devcontainer.json stand for. */
export interface Places {
  /** The project folder on this machine. */
  project: string;
  /** The project folder in the container. */
  workdir: string;
  /** Those of the user's variables that the file names, as far as they are set. */
  localEnv: Record<string, string>;
}

/** A text with its variables filled in, and which of the user's own were among them. */
export interface Filled {
  text: string;
  localEnv: string[];
  /** Variables that ezj does not know, as they stand there. */
  unknown: string[];
}

/**
 * Fills in `${localWorkspaceFolder}` and the like; what is not known stays. `${localEnv:NAME:default}` is the default, or nothing,
 * where the user has no such variable. https://containers.dev/implementors/json_reference/#variables-in-devcontainerjson
 */
export function fillVariables(template: string, { project, workdir, localEnv }: Places): Filled {
  const values: Record<string, string> = {
    localWorkspaceFolder: project,
    localWorkspaceFolderBasename: path.basename(project),
    containerWorkspaceFolder: workdir,
    containerWorkspaceFolderBasename: path.posix.basename(workdir),
  };
  const named: string[] = [];
  const unknown: string[] = [];
  const text = template.replace(
    /\$\{(\w+)(?::([^:{}]*)(?::([^{}]*))?)?\}/g,
    (whole, variable, name, otherwise = '') => {
      if ((variable === 'localEnv' || variable === 'env') && name !== undefined) {
        named.push(name);
        return localEnv[name] ?? otherwise;
      }
      if (name === undefined && values[variable] !== undefined) return values[variable];
      unknown.push(whole);
      return whole;
    },
  );
  return { text, localEnv: named, unknown };
}
