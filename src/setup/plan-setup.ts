import { EzjError } from '../protocol/errors.ts';
import { type Distribution, findDistribution } from './distributions.ts';
import { ENGINE_SOCKET, type Host, inspectHost } from './host.ts';
import { formatCommand, type SetupPlan, type SetupStep } from './plan.ts';

const ENGINE_LOG = '/var/log/dockerd.log';
const START_DEADLINE_MS = 60_000;
const GROUP = 'docker';

/** The surroundings of a plan, by default those of this process. A test replaces `inspect`. */
export interface SetupContext {
  platform?: NodeJS.Platform;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  inspect?: (context: { platform: NodeJS.Platform; env: NodeJS.ProcessEnv; uid: number }) => Promise<Host>;
}

/**
 * Finds what this machine lacks to run notebooks, and the commands that add it: packages, a running engine, access to it.
 * The plan contains only missing parts. Throws `setup-unsupported`, with manual instructions, if ezj does not know the system.
 */
export async function planSetup(context: SetupContext = {}): Promise<SetupPlan> {
  const {
    platform = process.platform,
    env = process.env,
    uid = process.getuid?.() ?? -1,
    inspect = inspectHost,
  } = context;
  if (platform !== 'linux') throw refuse({ what: PLATFORM_NAMES[platform] ?? platform, hint: byHand(platform) });
  const host = await inspect({ platform, env, uid });
  const distribution = findDistribution(host.systems);
  if (distribution === undefined) throw refuse({ what: host.systemName, hint: byHand('linux') });

  const steps = [
    ...installMissing(host, distribution),
    ...startEngine(host, distribution),
    ...grantAccess(host),
    ...addSubordinateIds(host),
  ];
  return {
    reason: explain(host, steps.length),
    steps: asRoot(steps, host),
    notes: collectNotes({ host, distribution, env, steps }),
    needsNewLogin: host.uid !== 0 && host.engine !== 'answers',
  };
}

type RootStep = Omit<SetupStep, 'sudo'>;

function installMissing(host: Host, distribution: Distribution): RootStep[] {
  const missing = distribution.parts.filter((part) => !part.isThere(host));
  // If another engine answers here, dockerd is not needed.
  const wanted = host.engine === 'silent' ? missing : missing.filter((part) => !isEnginePart(part.package));
  if (wanted.length === 0) return [];
  const why = wanted.map((part) => `${part.package} is ${part.why}`).join(', ');
  const packages = wanted.map((part) => part.package);
  return distribution.install(packages, host).map((step) => ({ ...step, why: step.why === '' ? why : step.why }));
}

function isEnginePart(name: string): boolean {
  return ['docker.io', 'iptables', 'moby-engine', 'docker'].includes(name);
}

function startEngine(host: Host, distribution: Distribution): RootStep[] {
  if (host.engine !== 'silent') return [];
  const ready = { socket: ENGINE_SOCKET, deadlineMs: START_DEADLINE_MS };
  const title = 'start the engine';
  if (host.init === 'systemd') {
    const command = ['systemctl', 'enable', '--now', 'docker'];
    return [{ title, command, why: 'now, and whenever this machine starts', ready }];
  }
  if (distribution.systems.includes('alpine')) {
    return [
      {
        title: 'enable the engine',
        command: ['rc-update', 'add', 'docker', 'default'],
        why: 'it starts with this machine',
      },
      { title, command: ['rc-service', 'docker', 'start'], why: 'none answers', ready },
    ];
  }
  return [...removeStalePidFiles(host), startWithoutService(ready)];
}

function removeStalePidFiles({ stalePidFiles }: Host): RootStep[] {
  if (stalePidFiles.length === 0) return [];
  const why = 'an engine that ended left its process ID there, and another process has that ID now';
  return [{ title: 'remove stale pid files', command: ['rm', '-f', ...stalePidFiles], why }];
}

// `service docker start` raises limits, which a container or a hosted machine may forbid. So ezj starts dockerd directly,
// in a new session, so that it outlives the terminal.
function startWithoutService(ready: { socket: string; deadlineMs: number }): RootStep {
  return {
    title: 'start the engine',
    command: ['setsid', '--fork', 'sh', '-c', `exec dockerd >>${ENGINE_LOG} 2>&1 </dev/null`],
    why: `there is no systemd here, so it runs in the background until this machine stops, and logs to ${ENGINE_LOG}`,
    ready: { ...ready, log: ENGINE_LOG },
  };
}

function grantAccess(host: Host): RootStep[] {
  if (host.uid === 0 || host.engine === 'answers' || host.groups.includes(GROUP)) return [];
  const why = `members of ${GROUP} use the engine without sudo, which gives them root's power on this machine`;
  return [
    {
      title: `add ${host.user} to the group ${GROUP}`,
      command: ['usermod', '--append', '--groups', GROUP, host.user],
      why,
    },
  ];
}

function addSubordinateIds(host: Host): RootStep[] {
  const first = host.freeSubordinateId;
  // usermod fails if the system does not have these files.
  if (host.uid === 0 || first === undefined || !host.hasFile('/etc/subuid')) return [];
  const range = `${first}-${first + 65_535}`;
  const command = ['usermod', '--add-subuids', range, '--add-subgids', range, host.user];
  return [{ title: `give ${host.user} user ids for containers`, command, why: 'a base image is made without root' }];
}

function asRoot(steps: RootStep[], host: Host): SetupStep[] {
  if (steps.length === 0 || host.uid === 0) return steps.map((step) => ({ ...step, sudo: false }));
  if (!host.hasCommand('sudo')) throw needsAdministrator(steps, host);
  if (!host.passwordlessSudo && !host.terminal) {
    const hint = 'Run `ezj setup` in a terminal, where sudo can ask for your password';
    throw refuse({ what: `${host.systemName} without a terminal for sudo`, hint });
  }
  return steps.map((step) => ({ ...step, command: ['sudo', ...step.command], sudo: true }));
}

/** Lists the commands for an administrator, because `ezj setup` as root plans for root, who lacks nothing. */
function needsAdministrator(steps: RootStep[], { user, engine }: Host): EzjError {
  return new EzjError({
    code: 'setup-unsupported',
    message:
      engine === 'forbidden'
        ? `${user} does not have permission to use the container engine of this machine, and has no sudo to change that`
        : `${user} has no sudo, which the setup needs`,
    details: steps.map(({ command }) => formatCommand(command)),
    hint: 'Ask the administrator of this machine to run these commands as root. Then log in again',
  });
}

function explain(host: Host, count: number): string {
  if (count === 0 && host.engine === 'forbidden')
    return `Nothing to run: a container engine is installed, and ${host.user} is in the group that can use it.`;
  if (count === 0) {
    const nothing = 'Nothing to do: a container engine answers, and everything else that ezj needs is installed.';
    const forOthers = `To let another user use it, run: usermod --append --groups ${GROUP} NAME`;
    return host.uid === 0 ? `${nothing} ${forOthers}` : nothing;
  }
  if (host.engine === 'answers') return 'A container engine answers; this adds the other packages that ezj needs.';
  if (host.engine === 'forbidden')
    return `A container engine is installed, but ${host.user} does not have permission to use it yet.`;
  return host.hasCommand('dockerd')
    ? 'A container engine is installed but does not run.'
    : 'No container engine is installed.';
}

function collectNotes(options: {
  host: Host;
  distribution: Distribution;
  env: NodeJS.ProcessEnv;
  steps: RootStep[];
}): string[] {
  const { host, distribution, env, steps } = options;
  const notes: string[] = [];
  if (steps.length > 0 && !distribution.exercised)
    notes.push(`The tests of ezj have not run these commands on ${host.systemName}.`);
  if (host.uid !== 0 && host.engine !== 'answers') {
    notes.push(
      'You can use the engine after your next login; to use it in this terminal at once, run `newgrp docker`. ezj itself needs neither if `sg` is installed.',
    );
  }
  if (env.DOCKER_HOST !== undefined && env.DOCKER_HOST !== '' && host.engine !== 'answers') {
    notes.push(`DOCKER_HOST is ${env.DOCKER_HOST}: unset it to use the engine on this machine.`);
  }
  return notes;
}

const PLATFORM_NAMES: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macOS', win32: 'Windows' };

function byHand(platform: NodeJS.Platform): string {
  if (platform === 'darwin')
    return 'Install Docker Desktop, or `brew install colima docker && colima start`; then run ezj again';
  if (platform === 'win32')
    return 'Install Docker Desktop with its WSL 2 backend (`wsl --install` first); then run ezj again';
  return 'Install Docker (https://docs.docker.com/engine/install/) or Podman with its socket, start it, then run ezj again';
}

function refuse({ what, hint }: { what: string; hint: string }): EzjError {
  return new EzjError({ code: 'setup-unsupported', message: `ezj cannot install a container engine on ${what}`, hint });
}
