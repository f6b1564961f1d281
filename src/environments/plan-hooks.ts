import type { Detection } from './files/detect.ts';
import type { NamedFile } from './files/named-files.ts';
import { type EnvironmentPlan, NOTHING, type Step } from './step.ts';

/** The path of the project's `start` in the image. */
const WRAPPER = '/usr/local/lib/ezj-environment/start';

/** Plans postBuild, which runs last in a build, and start, which runs before the notebook and ends in `exec "$@"`. */
export function planHooks({ files: { postBuild, start } }: Detection): EnvironmentPlan {
  const steps: Step[] = [];
  const decisions = [];
  if (postBuild) {
    const files = [{ path: 'postBuild', content: withUnixLines(postBuild) }];
    steps.push({
      from: postBuild.path,
      run: 'chmod +x postBuild\nPIP_USER=0 PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore ./postBuild',
      files,
      caches: [],
    });
    decisions.push({ file: postBuild.path, used: true, why: 'runs last while the image is built' });
  }
  if (start) {
    const files = [{ path: 'start', content: withUnixLines(start) }];
    steps.push({ from: start.path, run: `install -D -m 755 start ${WRAPPER}`, files, caches: [], wrapper: WRAPPER });
    decisions.push({ file: start.path, used: true, why: 'runs in each session, before the notebook' });
  }
  return { ...NOTHING, steps, decisions };
}

/** Converts Windows line ends, which would add a carriage return to the name of the script's interpreter. */
function withUnixLines({ content }: NamedFile): Buffer {
  const text = content.toString('latin1');
  return text.startsWith('#!') ? Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1') : content;
}
