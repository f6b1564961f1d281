import { expect, test } from 'vitest';
import { containerOptions } from '../../../src/engine/container-spec.ts';
import type { ContainerSpec } from '../../../src/engine/engine.ts';

const SPEC: ContainerSpec = {
  name: 'ezj-a',
  image: 'ezj/base:1',
  labels: {},
  env: {},
  mounts: [],
  publish: { containerPort: 8888, address: '127.0.0.1', port: 9000 },
  capabilities: [],
  init: true,
  noNewPrivileges: true,
  selinuxDisabled: false,
  pidsLimit: 100,
  shmBytes: 1 << 20,
};

const hostConfig = (changes: Partial<ContainerSpec>, podman = false) =>
  containerOptions({ ...SPEC, ...changes }, { podman }).HostConfig;

// As `docker run --gpus` asks for them: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerCreate
test.each([
  ['all', -1],
  [2, 2],
] as const)('--gpus %s reaches the engine as a request for %d devices', (gpus, count) => {
  const request = { Driver: '', Count: count, DeviceIDs: [], Capabilities: [['gpu']], Options: {} };
  expect(hostConfig({ gpus })?.DeviceRequests).toEqual([request]);
});

test('without --gpus nothing is said of devices', () => {
  expect(hostConfig({})).not.toHaveProperty('DeviceRequests');
});

test('limits that were not asked for are not sent', () => {
  for (const limit of ['NanoCpus', 'Memory', 'MemorySwap']) expect(hostConfig({})).not.toHaveProperty(limit);
  expect(hostConfig({ cpus: 1.5, memoryBytes: 1 << 30 })).toMatchObject({
    NanoCpus: 1.5e9,
    Memory: 1 << 30,
    MemorySwap: 1 << 30,
  });
});

test('further ports are published beside the server’s', () => {
  const forward = [{ containerPort: 8000, address: '127.0.0.1', port: 8001 }];
  const { ExposedPorts } = containerOptions({ ...SPEC, forward }, { podman: false });
  expect(ExposedPorts).toEqual({ '8888/tcp': {}, '8000/tcp': {} });
  expect(hostConfig({ forward })?.PortBindings).toEqual({
    '8888/tcp': [{ HostIp: '127.0.0.1', HostPort: '9000' }],
    '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '8001' }],
  });
});

test('Docker’s log is limited; Podman keeps its own', () => {
  expect(hostConfig({})?.LogConfig?.Config).toEqual({ 'max-size': '10m', 'max-file': '2' });
  expect(hostConfig({}, true)).not.toHaveProperty('LogConfig');
});

test('the engine’s seccomp and AppArmor profiles stay on, and the cgroup namespace is the container’s own', () => {
  const SecurityOpt = ['no-new-privileges', 'label=disable'];
  expect(hostConfig({ selinuxDisabled: true })).toMatchObject({ SecurityOpt, CgroupnsMode: 'private' });
  expect(hostConfig({})).not.toHaveProperty('Privileged');
});

test('a container joins the network that it is given', () => {
  expect(hostConfig({ network: 'ours' })?.NetworkMode).toBe('ours');
  expect(hostConfig({})).not.toHaveProperty('NetworkMode');
});
