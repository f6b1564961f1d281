import { compare, printComparison, time } from './measure.mjs';
import { EZJ } from './world.mjs';

/** Commands that should take little longer than the start of the interpreter. */
export async function benchCommands(world) {
  const { env } = world;
  const node =
    (...args) =>
    async () =>
      (await time(process.execPath, args, { env })).ms;
  await world.run('list');
  const rows = await compare(
    {
      'node -e 0': node('-e', '0'),
      'ezj list': node(EZJ, 'list'),
      'ezj --help': node(EZJ, '--help'),
      'docker ps': async () => (await time('docker', ['ps'], { env })).ms,
    },
    { rounds: 30 },
  );
  printComparison('Commands, daemon up', rows, { 'ezj list': 1.6, 'ezj --help': 1.8 });
}
