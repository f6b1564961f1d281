import path from 'node:path';

/** The values of the variables in a devcontainer.json. */
export interface Places {
  /** The project folder on this machine. */
  project: string;
  /** The project folder in the container. */
  workdir: string;
  /** The user's variables that the file names and that are set. */
  localEnv: Record<string, string>;
}

/** A text with its variables replaced, and the user's variables among them. */
export interface Filled {
  text: string;
  localEnv: string[];
  /** Variables that ezj does not know, as in the text. */
  unknown: string[];
}

/**
 * Replaces `${localWorkspaceFolder}` and similar variables, and keeps unknown ones. `${localEnv:NAME:default}` becomes the default, or nothing,
 * if the user has no such variable. https://containers.dev/implementors/json_reference/#variables-in-devcontainerjson
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
