import { time } from './measure.mjs';

/** Containers with the labels of sessions: what `ezj list` reads, whatever runs in them. */
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
    // One that ended at once is a stopped session; one that was only created would be taken for a half-started one.
    const args = running
      ? ['run', '-d', '--init', ...network, ...flags, image, 'sleep', '3600']
      : ['run', ...network, ...flags, image, 'true'];
    await time('docker', args);
  }
}

/** The ids of a world's containers that run. */
export async function runningContainers({ owner }) {
  const { stdout } = await time('docker', ['ps', '-q', '--filter', `label=ezj.owner=${owner}`]);
  return stdout.split('\n').filter(Boolean);
}
