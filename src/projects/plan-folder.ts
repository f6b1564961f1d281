import type { UserKind } from '../config/user-kinds.ts';
import type { Devcontainer } from '../environments/devcontainer/devcontainer.ts';
import type { Detection } from '../environments/files/detect.ts';
import { planEnvironment } from '../environments/plan.ts';
import { codeOf } from '../environments/project-code.ts';
import type { EnvironmentPlan } from '../environments/step.ts';
import { isolated } from '../parsing/isolated.ts';
import type { EnvironmentRequest } from '../protocol/environment.ts';
import type { KindRequest } from '../protocol/session.ts';
import type { ProjectFile } from './project-file.ts';
import { chooseImage, readProject, settle } from './project-request.ts';

/** What the files of a folder say. */
interface FolderPlan {
  file?: ProjectFile;
  detection: Detection;
  devcontainer?: Devcontainer;
  request: KindRequest;
  plan: EnvironmentPlan;
  permissions: string[];
}

/** Reads what the files of a folder say. Looks for no mount source. */
export const planFolder = isolated(
  'planFolder',
  async (asked: EnvironmentRequest, configured: Record<string, UserKind>): Promise<FolderPlan> => {
    const files = await readProject(asked, configured);
    // The user did not ask to ignore the environment.
    const detection = files.detection as Detection;
    const nothing = { mounts: [], env: {}, readOnly: false, refresh: 'never' as const, host: { proxy: {} } };
    // A missing mount source does not affect the environment.
    const request = settle({ ...nothing, ...asked }, files, []);
    const choice = await chooseImage(asked, request, files);
    const plan = await planEnvironment(detection, request.kind, choice);
    const permissions = [...codeOf(detection, choice), ...(plan.code ?? [])].map(({ what }) => what);
    return { ...files, detection, request, plan, permissions };
  },
);
