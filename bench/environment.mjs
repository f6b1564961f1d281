import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compare, printComparison, time } from './measure.mjs';
import { EZJ } from './world.mjs';

const PACKAGES = ['pandas', 'matplotlib', 'scikit-learn'];

/** Measures the cost of an environment: the first build, one more requirement, and a start with and without it. Needs PyPI. */
export async function benchEnvironment(world, base) {
  const dir = world.project('environment');
  const env = { ...world.env, SSL_CERT_FILE: process.env.SSL_CERT_FILE };
  const file = path.join(dir, 'requirements.txt');
  const start = async (...args) => {
    const { ms } = await time(process.execPath, [EZJ, '-d', '--image', base, ...args, dir], { env });
    await world.run('stop', dir);
    return ms;
  };
  const write = (...names) => writeFileSync(file, names.map((name) => `${name}\n`).join(''));
  await world.run('list');
  write(...PACKAGES);
  const firstMs = await start();
  write(...PACKAGES, 'six');
  const moreMs = await start();
  const ratio = moreMs / firstMs;
  console.log(`\nAn environment of ${PACKAGES.join(', ')}`);
  console.log(`  first build and start  ${(firstMs / 1000).toFixed(1)} s`);
  console.log(
    `  one requirement more   ${(moreMs / 1000).toFixed(1)} s  ${ratio.toFixed(2)} x  (aim: at most 0.35${ratio > 0.35 ? ', MISSED' : ''})`,
  );
  const again = { 'without an environment': () => start('--no-env'), 'from a built one': () => start() };
  printComparison('A start', await compare(again, { rounds: 5 }), { 'from a built one': 1.05 });
  rmSync(file);
  await benchDetection(world, base);
}

/** Measures detection: compares a folder with 100,000 files and 1 GB of data to an empty one. */
async function benchDetection(world, base) {
  const [empty, full] = [world.project('empty'), world.project('full')];
  writeFileSync(path.join(full, 'data.bin'), '');
  truncateSync(path.join(full, 'data.bin'), 2 ** 30);
  for (let i = 0; i < 100_000; i++) {
    if (i % 1000 === 0) mkdirSync(path.join(full, `part${i / 1000}`));
    // Half of them are beside the files of the environment, the others below.
    writeFileSync(path.join(full, i % 2 === 0 ? '' : `part${Math.floor(i / 1000)}`, `file${i}`), '');
  }
  const look = (dir) => async () =>
    (await time(process.execPath, [EZJ, 'env', '--image', base, '--json', dir], { env: world.env })).ms;
  const rows = await compare({ 'an empty folder': look(empty), '100,000 files and 1 GB': look(full) });
  printComparison('ezj env', rows);
  const moreMs = rows[1].medianMs - rows[0].medianMs;
  console.log(`  more by ${moreMs.toFixed(0)} ms  (aim: at most 100 ms${moreMs > 100 ? ', MISSED' : ''})`);
}
