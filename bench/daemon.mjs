import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { compare, printComparison, time } from './measure.mjs';
import { addSessions } from './sessions.mjs';
import { EZJ } from './world.mjs';

const REST_MS = 10_000;

/** Measures the idle daemon with 20 sessions, and `ezj list` with 200 sessions and with one. */
export async function benchDaemon(world, openWorld, image) {
  await addSessions(world, image, 20, { running: true });
  await world.run('list');
  const pid = JSON.parse((await world.run('daemon', 'status', '--json')).stdout).pid;
  const before = cpuTicks(pid);
  await delay(REST_MS);
  const cpu = ((cpuTicks(pid) - before) * 10) / REST_MS;
  console.log(`\nDaemon with 20 sessions at rest`);
  console.log(`  resident memory ${(residentKb(pid) / 1024).toFixed(0)} MB (aim: at most 80)`);
  console.log(`  processor ${(cpu * 100).toFixed(1)} % over ${REST_MS / 1000} s (aim: 0)`);

  const small = openWorld();
  try {
    await addSessions(small, image, 1, { running: false });
    await addSessions(world, image, 180, { running: false });
    const list = (each) => async () => (await time(process.execPath, [EZJ, 'list'], { env: each.env })).ms;
    const rows = await compare(
      { 'ezj list, 1 session': list(small), 'ezj list, 200 sessions': list(world) },
      { rounds: 20 },
    );
    printComparison('ezj list', rows, { 'ezj list, 200 sessions': 1.5 });
  } finally {
    await small.close();
  }
}

function cpuTicks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function residentKb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
