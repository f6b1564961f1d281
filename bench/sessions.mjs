import { time } from './measure.mjs';

/** Containers with the labels of sessions, which is all that `ezj list` reads. */
export async function addSessions(world, image, count, { running }) {
  for (let i = 0; i < count; i++) {
    const name = `bench-${running ? 'r' : 's'}${i}`;
    const labels = {
      'ezj.owner': world.owner,
      'ezj.session': name,
      'ezj.key': name,
      'ezj.project': `${world.folder}/${name}`,
      'ezj.kind': 'python',
      'ezj.bind': '127.0.0.1',
      'ezj.port': String(20000 + i),
      'ezj.container-port': '8888',
      'ezj.settings': '{"readOnly":false,"mounts":[],"env":[]}',
    };
    const flags = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
    const network = ['--network', 'none'];
    // A container that ended is a stopped session. One that never ran would count as a failed start.
    const args = running
      ? ['run', '-d', '--init', ...network, ...flags, image, 'sleep', '3600']
      : ['run', ...network, ...flags, image, 'true'];
    await time('docker', args);
  }
}

/** The IDs of a world's running containers. */
export async function runningContainers({ owner }) {
  const { stdout } = await time('docker', ['ps', '-q', '--filter', `label=ezj.owner=${owner}`]);
  return stdout.split('\n').filter(Boolean);
}
