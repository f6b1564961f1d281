import type { Command } from 'commander';
import { type Context, contextOf } from '../context.ts';
import { parseSpan } from '../options/span.ts';
import { countOf, formatBytes } from '../terminal/format.ts';

interface PruneOptions {
  yes?: boolean;
  volumes?: boolean;
  caches?: boolean;
  olderThan?: number;
}

/** `ezj prune`. */
export function definePrune(command: Command): void {
  command
    .option('-y, --yes', 'remove it; without this it is only shown')
    .option('--volumes', 'also the home folders of projects that are gone: packages and settings in them are lost')
    .option('--caches', 'also what package managers have downloaded and compiled: the next build fetches it again')
    .option(
      '--older-than <TIME>',
      'environments that their projects have replaced and not used for so long (default: 14d); with --volumes, also home folders of any project',
      parseSpan,
    )
    .option('--json', 'as JSON')
    .action((options: PruneOptions, self: Command) => prune(options, contextOf(self)));
}

async function prune(
  { yes = false, volumes = false, caches = false, olderThan }: PruneOptions,
  { api, output }: Context,
): Promise<void> {
  const report = await api.prune({ remove: yes, volumes, caches, olderThanMs: olderThan });
  const { items, bytes, removed } = report;
  if (items.length === 0 && !output.json) return output.note('Nothing to remove.');
  const staying = items.filter(({ type, skipped }) => type === 'volume' && skipped !== undefined);
  const rows = items.map((item) => [
    item.type,
    item.name,
    item.bytes === undefined ? '-' : formatBytes(item.bytes),
    item.skipped === undefined ? item.why : `stays: ${item.skipped}`,
  ]);
  await output.table(report, ['TYPE', 'NAME', 'SIZE', 'WHY'], rows);
  if (staying.length > 0 && olderThan === undefined) {
    output.note(
      `Home folders of projects that are there stay; --older-than 30d takes those that were not used for 30 days.`,
    );
  }
  const going = items.filter(({ skipped }) => skipped === undefined);
  if (going.length === 0) return output.note(removed ? 'Nothing was removed.' : 'Nothing to remove.');
  const sum = `${countOf(going.length, 'thing')}, ${formatBytes(bytes)}`;
  if (removed) return output.note(`Removed: ${sum}`);
  const typed = [
    ...(volumes ? ['--volumes'] : []),
    ...(caches ? ['--caches'] : []),
    ...(olderThan === undefined ? [] : [`--older-than ${olderThan / 3_600_000}h`]),
  ];
  output.note(`In all ${sum}. Nothing was removed: ${['ezj prune', ...typed, '--yes'].join(' ')} does it.`);
}
