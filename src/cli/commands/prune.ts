import type { Context } from '../context.ts';
import { declareCommand, type OptionValues } from '../declaration.ts';
import { flag, option } from '../declare-option.ts';
import { parseSpan } from '../options/parsers.ts';
import { countOf, formatBytes } from '../terminal/format.ts';

const OPTIONS = {
  yes: flag('-y, --yes', 'Remove it. Without this it is only shown.'),
  volumes: flag('--volumes', 'Include home folders of projects that are gone, with the packages in them.'),
  caches: flag('--caches', 'Include package caches. The next build downloads again.'),
  olderThan: option(
    '--older-than <TIME>',
    'Include replaced environments that were not used for 12h, 7d or 2w (default: 14d). With --volumes, home folders of any project too.',
    { parse: parseSpan },
  ),
};

/** `ezj prune`. */
export const pruneCommand = declareCommand({
  name: 'prune',
  summary: 'what ezj left on the disk; --yes removes it',
  brief: '[--yes]',
  options: OPTIONS,
  run: ({ options, context }) => prune(options, context),
});

async function prune(
  { yes = false, volumes = false, caches = false, olderThan }: OptionValues<typeof OPTIONS>,
  { client, output }: Context,
): Promise<void> {
  const report = await client.call('POST /v1/prune', {
    body: { remove: yes, volumes, caches, olderThanMs: olderThan },
  });
  const { items, bytes, removed } = report;
  if (items.length === 0 && !output.json) return output.note('Nothing to remove.');
  const staying = items.filter(
    ({ type, project, skipped }) => type === 'volume' && project !== undefined && skipped !== undefined,
  );
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
  const sum = `${countOf(going.length, 'item')}, ${formatBytes(bytes)}`;
  if (removed) return output.note(`Removed: ${sum}`);
  const typed = [
    ...(volumes ? ['--volumes'] : []),
    ...(caches ? ['--caches'] : []),
    ...(olderThan === undefined ? [] : [`--older-than ${olderThan / 3_600_000}h`]),
  ];
  output.note(`${sum}. Run ${['ezj prune', ...typed, '--yes'].join(' ')} to remove them.`);
}
