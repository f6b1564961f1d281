import type { Host } from './host.ts';

/** How one family of systems installs and starts an engine. */
export interface Distribution {
  /** The values of `ID` or `ID_LIKE` that it matches. */
  systems: string[];
  /** Whether the tests install a real engine on it. */
  exercised: boolean;
  /** The required parts, with their packages. */
  parts: Part[];
  /** The commands, each with its reason, that install `packages`; run as root. */
  install: (packages: string[], host: Host) => Array<{ title: string; command: string[]; why: string }>;
}

/** One required part. */
export interface Part {
  package: string;
  why: string;
  isThere: (host: Host) => boolean;
}

const command = (name: string) => (host: Host) => host.hasCommand(name);
const file = (path: string) => (host: Host) => host.hasFile(path);

const ENGINE = 'the container engine';
const NETWORK = 'the network of the containers';
const CERTIFICATES = 'to trust https servers';

const debian: Distribution = {
  systems: ['debian', 'ubuntu'],
  exercised: true,
  parts: [
    { package: 'docker.io', why: ENGINE, isThere: command('dockerd') },
    { package: 'iptables', why: NETWORK, isThere: command('iptables') },
    { package: 'ca-certificates', why: CERTIFICATES, isThere: file('/etc/ssl/certs/ca-certificates.crt') },
    { package: 'mmdebstrap', why: 'a base image where no registry answers', isThere: command('mmdebstrap') },
    { package: 'uidmap', why: 'the same without root', isThere: command('newuidmap') },
    {
      package: 'debian-archive-keyring',
      why: "to check that base image's packages",
      isThere: file('/usr/share/keyrings/debian-archive-keyring.gpg'),
    },
  ],
  install: (packages, host) => [
    ...(host.interruptedInstall
      ? [
          {
            title: 'finish an earlier installation',
            command: ['dpkg', '--configure', '-a'],
            why: 'it was interrupted, and apt needs it to finish',
          },
        ]
      : []),
    ...(host.staleLists
      ? [
          {
            title: 'refresh the package lists',
            command: ['apt-get', 'update'],
            why: 'they are missing or older than a day',
          },
        ]
      : []),
    {
      title: 'install',
      // Another apt, such as unattended upgrades, may be running: wait for it.
      command: [
        ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300'],
        ...['install', '--yes', '--no-install-recommends', ...packages],
      ],
      why: '',
    },
  ],
};

const fedora: Distribution = {
  systems: ['fedora'],
  exercised: false,
  parts: [{ package: 'moby-engine', why: ENGINE, isThere: command('dockerd') }],
  install: (packages) => [{ title: 'install', command: ['dnf', 'install', '--assumeyes', ...packages], why: '' }],
};

const arch: Distribution = {
  systems: ['arch'],
  exercised: false,
  parts: [{ package: 'docker', why: ENGINE, isThere: command('dockerd') }],
  install: (packages) => [
    { title: 'install', command: ['pacman', '-S', '--needed', '--noconfirm', ...packages], why: '' },
  ],
};

const alpine: Distribution = {
  systems: ['alpine'],
  exercised: false,
  parts: [{ package: 'docker', why: ENGINE, isThere: command('dockerd') }],
  install: (packages) => [{ title: 'install', command: ['apk', 'add', ...packages], why: '' }],
};

/** The family of a system, by its most specific known name; undefined if ezj knows none. */
export function findDistribution(systems: string[]): Distribution | undefined {
  const known = [debian, fedora, arch, alpine];
  return systems
    .map((name) => known.find((family) => family.systems.includes(name)))
    .find((family) => family !== undefined);
}
