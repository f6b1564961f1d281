// What the last screen of `npm test` shows: the slowest tests, the times of the parts, the reasons of failures.
const SLOWEST = 20;
const REASON_LINES = 12;

/** The lines of it all; the last one is `N passed, N failed`. */
export function describeRun({ results, times }) {
  const failed = results.filter(({ passed }) => !passed);
  return [
    ...describeSlowest(results),
    ...describeParts(results),
    '',
    times.map(({ title, ms }) => `${title} ${seconds(ms)}`).join(', '),
    ...failed.flatMap(describeFailure),
    '',
    `${results.length - failed.length} passed, ${failed.length} failed`,
  ];
}

function describeSlowest(results) {
  const slowest = results
    .filter(({ ms }) => ms >= 1000)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST);
  const lines = slowest.map(({ ms, file, title }) => `${seconds(ms).padStart(8)}  ${file}: ${shorten(title)}`);
  return lines.length === 0 ? [] : ['', `The ${lines.length} slowest tests`, ...lines];
}

function describeParts(results) {
  const rows = [...new Set(results.map(({ part }) => part))].map((part) => {
    const own = results.filter((result) => result.part === part);
    const ms = own.reduce((sum, each) => sum + each.ms, 0);
    return row(part, own.length, own.filter(({ passed }) => !passed).length, seconds(ms));
  });
  return ['', row('PART', 'TESTS', 'FAILED', 'TIME'), ...rows, 'TIME adds up what tests took that ran side by side.'];
}

function row(part, tests, failed, time) {
  return `${part.padEnd(10)}${`${tests}`.padStart(6)}${`${failed}`.padStart(8)}${time.padStart(10)}`;
}

function describeFailure({ file, title, message }) {
  const lines = message.replace(/\x1b\[[0-9;]*m/g, '').split('\n');
  const reason = lines.filter((line) => line.trim() !== '' && !/^\s+at .*node_modules/.test(line));
  return ['', `✗ ${file}: ${title}`, ...reason.slice(0, REASON_LINES).map((line) => `  ${shorten(line)}`)];
}

function shorten(text) {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
