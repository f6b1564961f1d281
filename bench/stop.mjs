import { compare, printComparison, time } from './measure.mjs';
import { addSessions, runningContainers } from './sessions.mjs';

const LIGHT_SESSIONS = 20;

/** Compares a stop with docker's own: of one session, and of many light ones at once. */
export async function benchStop(world, { stacks, base }) {
  const dir = world.project('stop');
  const start = () => world.run('-d', '--image', stacks, dir);
  const one = await compare({
    'docker stop, docker rm': async () => {
      await start();
      return stopWithDocker(world);
    },
    'ezj stop': async () => {
      await start();
      return stopWithEzj(world, dir);
    },
  });
  printComparison('The stop of a session of docker-stacks', one, { 'ezj stop': 1.3 });
  const light = () => addSessions(world, base, LIGHT_SESSIONS, { running: true });
  const many = await compare({
    'docker stop, docker rm': async () => {
      await light();
      return stopWithDocker(world);
    },
    'ezj stop --all': async () => {
      await light();
      // The daemon handles pending events before the measurement starts.
      await world.run('list');
      return stopWithEzj(world, '--all');
    },
  });
  printComparison(`The stop of ${LIGHT_SESSIONS} light sessions`, many);
  const seconds = many[1].medianMs / 1000;
  console.log(`  ezj stop --all takes ${seconds.toFixed(1)} s  (aim: at most 4 s${seconds > 4 ? ', MISSED' : ''})`);
}

async function stopWithEzj(world, what) {
  return (await world.run('stop', what)).ms;
}

async function stopWithDocker(world) {
  const containers = await runningContainers(world);
  const stopped = await time('docker', ['stop', ...containers]);
  const removed = await time('docker', ['rm', '-v', ...containers]);
  return stopped.ms + removed.ms;
}
