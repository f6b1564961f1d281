import type { Environment } from '../environments/environment.ts';
import { EzjError } from '../protocol/errors.ts';
import type { KindRequest } from '../protocol/session.ts';

/** The project file that names or makes the image of its sessions. */
export function imageOfProject({ image }: KindRequest, environment: Environment | undefined): string | undefined {
  const { build, devcontainer } = environment ?? {};
  if (build) return build.file.path;
  return image !== undefined && image === devcontainer?.image ? devcontainer.file.path : undefined;
}

/**
 * Replaces the error of a session that ended because an image of the project has no Jupyter. Returns any other error
 * unchanged.
 */
export function withoutJupyter(error: EzjError, by: string): EzjError {
  const words = [error.message, ...(error.details ?? [])].join('\n');
  const isMissing =
    /(?:"|exec |exec: )jupyter"?(?:: | failed: )(?:executable file not found|No such file|not found)|jupyter: (?:command )?not found|Jupyter command `jupyter-lab` not found/i;
  if (!['session-exited', 'engine-failed'].includes(error.code) || !isMissing.test(words)) return error;
  return new EzjError({
    code: 'image-unsuitable',
    message: `The image of ${by} has no Jupyter, which a notebook needs.`,
    hint: 'Install it there, for example with `RUN pip install jupyterlab`, or use a base image that has it. `ezj --no-env` starts without this image.',
    cause: error,
  });
}
