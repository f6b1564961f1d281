import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import type { ContainerSpec, Mount, PublishedPort } from './engine.ts';
import { writeEnv } from './env-list.ts';

/** The request body with which the engine's API creates this container. */
export function containerOptions(spec: ContainerSpec, { podman }: { podman: boolean }): ContainerCreateOptions {
  return {
    name: spec.name,
    Image: spec.image,
    Labels: spec.labels,
    Env: writeEnv(spec.env),
    Entrypoint: spec.entrypoint,
    Cmd: spec.cmd,
    User: spec.user,
    WorkingDir: spec.workdir,
    Hostname: spec.hostname,
    ExposedPorts: portsOf(spec, () => ({})),
    HostConfig: hostConfig(spec, podman),
  };
}

function hostConfig(spec: ContainerSpec, podman: boolean): HostConfig {
  return {
    Mounts: spec.mounts.map(mountSettings),
    PortBindings: portsOf(spec, ({ address, port }) => [{ HostIp: address, HostPort: String(port) }]),
    ...(spec.network === undefined ? {} : { NetworkMode: spec.network }),
    Init: spec.init,
    CapDrop: ['ALL'],
    CapAdd: spec.capabilities,
    SecurityOpt: securityOptions(spec),
    PidsLimit: spec.pidsLimit,
    ShmSize: spec.shmBytes,
    GroupAdd: spec.groups,
    ...(spec.cpus === undefined ? {} : { NanoCpus: Math.round(spec.cpus * 1e9) }),
    // With swap, the container could grow to twice the limit and become very slow.
    ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
    ...(spec.gpus === undefined ? {} : { DeviceRequests: [gpuRequest(spec.gpus)] }),
    // Docker's default log has no limit and fills the disk. Podman's journald and k8s-file have their own limits.
    // Otherwise the container sees all cgroups of the machine where Docker has cgroups v1.
    ...(podman ? {} : { CgroupnsMode: 'private' }),
    ...(podman ? {} : { LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } } }),
  };
}

function portsOf<Value>(
  { publish, forward = [] }: ContainerSpec,
  describe: (port: PublishedPort) => Value,
): Record<string, Value> | undefined {
  const all = [...(publish ? [publish] : []), ...forward];
  return all.length === 0
    ? undefined
    : Object.fromEntries(all.map((each) => [`${each.containerPort}/tcp`, describe(each)]));
}

// Mounts instead of Binds: Binds turn a missing source into an empty folder of root, and split a path at a colon.
function mountSettings(mount: Mount): MountSettings {
  if (mount.type === 'bind') {
    return { Type: 'bind', Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
  }
  const VolumeOptions = { NoCopy: false, Labels: mount.labels, DriverConfig: { Name: '', Options: {} } };
  // The engine creates a new volume if there is no name; dockerode's type requires one.
  return { Type: 'volume', Source: mount.name as string, Target: mount.target, VolumeOptions };
}

function securityOptions({ noNewPrivileges, selinuxDisabled }: ContainerSpec): string[] {
  return [...(noNewPrivileges ? ['no-new-privileges'] : []), ...(selinuxDisabled ? ['label=disable'] : [])];
}

function gpuRequest(gpus: 'all' | number) {
  return { Driver: '', Count: gpus === 'all' ? -1 : gpus, DeviceIDs: [], Capabilities: [['gpu']], Options: {} };
}
