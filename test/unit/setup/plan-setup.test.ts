import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/setup/host.ts';
import { describePlan } from '../../../src/setup/plan.ts';
import { planSetup } from '../../../src/setup/plan-setup.ts';

const EVERYTHING = ['dockerd', 'iptables', 'mmdebstrap', 'newuidmap', 'sudo'];
const FILES = ['/etc/ssl/certs/ca-certificates.crt', '/usr/share/keyrings/debian-archive-keyring.gpg', '/etc/subuid'];

interface Machine extends Partial<Omit<Host, 'hasCommand' | 'hasFile'>> {
  commands?: string[];
  files?: string[];
  env?: NodeJS.ProcessEnv;
}

/** Plans for a bare Debian 12 as root, but for what is given. */
function planOn({ commands = [], files = [], env = {}, ...facts }: Machine) {
  const host: Host = {
    platform: 'linux',
    uid: 0,
    user: 'root',
    groups: [],
    systems: ['debian'],
    systemName: 'Debian GNU/Linux 12 (bookworm)',
    init: 'sh',
    engine: 'silent',
    hasCommand: (name) => commands.includes(name),
    hasFile: (path) => files.includes(path),
    terminal: true,
    passwordlessSudo: false,
    staleLists: true,
    interruptedInstall: false,
    stalePidFiles: [],
    ...facts,
  };
  return planSetup({ platform: host.platform, uid: host.uid, env, inspect: async () => host });
}

async function commandsOn(machine: Machine): Promise<string[]> {
  const { steps } = await planOn(machine);
  return steps.map(({ command }) => command.join(' '));
}

const ADA = { uid: 1000, user: 'ada' };

describe('on Debian', () => {
  test('a bare machine gets the packages and an engine without systemd', async () => {
    const [update, install, start, ...rest] = await commandsOn({});
    expect(update).toBe('apt-get update');
    expect(install).toMatch(
      /install --yes --no-install-recommends docker.io iptables ca-certificates mmdebstrap uidmap debian-archive-keyring$/,
    );
    expect(start).toMatch(/^setsid --fork sh -c exec dockerd /);
    expect(rest).toEqual([]);
  });

  test('nothing is planned where everything is there', async () => {
    const plan = await planOn({ engine: 'answers', commands: EVERYTHING, files: FILES });
    expect(plan).toMatchObject({ steps: [], notes: [], needsNewLogin: false });
    expect(plan.reason).toMatch(/^Nothing to do/);
  });

  test('an installed engine is only started', async () => {
    const plan = await planOn({ commands: EVERYTHING, files: FILES });
    expect(plan.reason).toBe('A container engine is installed but does not run.');
    expect(plan.steps.map(({ title }) => title)).toEqual(['start the engine']);
    expect(plan.steps[0]?.ready).toEqual({
      socket: '/var/run/docker.sock',
      log: '/var/log/dockerd.log',
      deadlineMs: 60_000,
    });
  });

  test('an engine of another make that answers is not replaced', async () => {
    const commands = await commandsOn({ engine: 'answers', files: FILES, staleLists: false });
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(/--no-install-recommends mmdebstrap uidmap$/);
  });

  test('fresh package lists are not fetched again', async () => {
    expect(await commandsOn({ staleLists: false })).not.toContain('apt-get update');
  });

  test('an installation that was cut off is finished first', async () => {
    expect((await commandsOn({ interruptedInstall: true }))[0]).toBe('dpkg --configure -a');
  });

  test('systemd starts the engine where it is process 1', async () => {
    expect(await commandsOn({ init: 'systemd', commands: EVERYTHING, files: FILES })).toEqual([
      'systemctl enable --now docker',
    ]);
  });

  test('stale pid files go before the engine starts', async () => {
    const commands = await commandsOn({ commands: EVERYTHING, files: FILES, stalePidFiles: ['/var/run/docker.pid'] });
    expect(commands[0]).toBe('rm -f /var/run/docker.pid');
    expect(commands).toHaveLength(2);
  });
});

describe('as an ordinary user', () => {
  test('every command goes through sudo and the user joins the group', async () => {
    const plan = await planOn({ ...ADA, commands: ['sudo'] });
    expect(plan.steps.every(({ command, sudo }) => sudo && command[0] === 'sudo')).toBe(true);
    expect(plan.steps.at(-1)?.command).toEqual(['sudo', 'usermod', '--append', '--groups', 'docker', 'ada']);
    expect(plan.needsNewLogin).toBe(true);
    expect(plan.notes.join()).toContain('newgrp docker');
  });

  test('user ids for containers are added after the last range', async () => {
    const commands = await commandsOn({
      ...ADA,
      engine: 'answers',
      commands: EVERYTHING,
      files: FILES,
      freeSubordinateId: 231_072,
    });
    expect(commands).toEqual(['sudo usermod --add-subuids 231072-296607 --add-subgids 231072-296607 ada']);
  });

  test('an engine that may not be used needs the group only', async () => {
    const plan = await planOn({ ...ADA, engine: 'forbidden', commands: EVERYTHING, files: FILES });
    expect(plan.reason).toBe('A container engine is installed, but ada does not have permission to use it yet.');
    expect(plan.steps.map(({ command }) => command[1])).toEqual(['usermod']);
  });

  test('a member whose login is older than the group has nothing to run and is told why', async () => {
    const plan = await planOn({ ...ADA, engine: 'forbidden', groups: ['docker'], commands: EVERYTHING, files: FILES });
    expect(plan.steps).toEqual([]);
    expect(plan.reason).toBe(
      'Nothing to run: a container engine is installed, and ada is in the group that can use it.',
    );
    expect(plan.needsNewLogin).toBe(true);
    expect(plan.notes).toHaveLength(1);
  });

  test('without sudo it lists the commands to ask the administrator for', async () => {
    const bare = planOn({ ...ADA });
    await expect(bare).rejects.toMatchObject({
      code: 'setup-unsupported',
      details: expect.arrayContaining([expect.stringMatching(/^apt-get /), 'usermod --append --groups docker ada']),
      hint: expect.stringContaining('administrator'),
    });
    const forbidden = planOn({ ...ADA, engine: 'forbidden', commands: EVERYTHING.slice(0, -1), files: FILES });
    await expect(forbidden).rejects.toMatchObject({
      message:
        'ada does not have permission to use the container engine of this machine, and has no sudo to change that',
      details: ['usermod --append --groups docker ada'],
    });
  });

  test('root, who lacks nothing, is told what others need', async () => {
    const { reason } = await planOn({ engine: 'answers', commands: EVERYTHING, files: FILES });
    expect(reason).toContain('usermod --append --groups docker NAME');
  });

  test('a sudo that asks is refused without a terminal, and taken without a password', async () => {
    const machine = { ...ADA, commands: ['sudo'], terminal: false };
    await expect(planOn(machine)).rejects.toMatchObject({
      code: 'setup-unsupported',
      hint: expect.stringContaining('terminal'),
    });
    await expect(planOn({ ...machine, passwordlessSudo: true })).resolves.toMatchObject({ needsNewLogin: true });
  });
});

describe('on other systems', () => {
  test.each([
    { systems: ['ubuntu', 'debian'], installer: 'apt-get', tried: true },
    { systems: ['linuxmint', 'ubuntu', 'debian'], installer: 'apt-get', tried: true },
    { systems: ['fedora'], installer: 'dnf', tried: false },
    { systems: ['manjaro', 'arch'], installer: 'pacman', tried: false },
    { systems: ['alpine'], installer: 'apk', tried: false },
  ])('$systems installs with $installer', async ({ systems, installer, tried }) => {
    const plan = await planOn({ systems, systemName: systems[0] });
    expect(plan.steps.some(({ command }) => command.includes(installer))).toBe(true);
    expect(plan.notes.some((note) => note.includes('have not run these commands'))).toBe(!tried);
  });

  test('an unknown Linux is told what to install', async () => {
    const refused = planOn({ systems: ['slackware'], systemName: 'Slackware 15' });
    await expect(refused).rejects.toMatchObject({
      code: 'setup-unsupported',
      message: 'ezj cannot install a container engine on Slackware 15',
      hint: expect.stringContaining('docs.docker.com'),
    });
  });

  test.each([
    { platform: 'darwin' as const, hint: 'colima' },
    { platform: 'win32' as const, hint: 'WSL 2' },
  ])('$platform is told what to install', async ({ platform, hint }) => {
    await expect(planOn({ platform })).rejects.toMatchObject({
      code: 'setup-unsupported',
      hint: expect.stringContaining(hint),
    });
  });
});

test('a DOCKER_HOST that hides the new engine is mentioned', async () => {
  const plan = await planOn({ env: { DOCKER_HOST: 'tcp://gone:2375' } });
  expect(plan.notes).toEqual(['DOCKER_HOST is tcp://gone:2375: unset it to use the engine on this machine.']);
});

test('a plan is shown as commands that a shell takes, each with its reason', async () => {
  const lines = describePlan(await planOn({ commands: EVERYTHING, files: FILES }));
  expect(lines[0]).toBe('A container engine is installed but does not run.');
  expect(lines[1]).toBe("  setsid --fork sh -c 'exec dockerd >>/var/log/dockerd.log 2>&1 </dev/null'");
  expect(lines[2]).toMatch(/^ {6}start the engine: /);
});
