// What the last screen of `npm test` shows: the slowest tests, the times of the parts, the reasons of failures.
const SLOWEST = 20;
const REASON_LINES = 12;

/** Prints it all; the last line is `N passed, N failed`. */
export function printReport({ results, times }) {
  const failed = results.filter(({ passed }) => !passed);
  printSlowest(results);
  printTable(results);
  console.log(`\n${times.map(({ title, ms }) => `${title} ${seconds(ms)}`).join(', ')}`);
  for (const each of failed) printFailure(each);
  console.log(`\n${results.length - failed.length} passed, ${failed.length} failed`);
}

function printSlowest(results) {
  const slowest = results
    .filter(({ ms }) => ms >= 1000)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST);
  if (slowest.length === 0) return;
  console.log(`\nThe ${slowest.length} slowest tests`);
  for (const { ms, file, title } of slowest) console.log(`${seconds(ms).padStart(8)}  ${file}: ${shorten(title)}`);
}

function printTable(results) {
  console.log(`\n${'PART'.padEnd(10)}${'TESTS'.padStart(6)}${'FAILED'.padStart(8)}${'TIME'.padStart(10)}`);
  for (const part of new Set(results.map((each) => each.part))) {
    const own = results.filter((result) => result.part === part);
    const ms = own.reduce((sum, each) => sum + each.ms, 0);
    const failed = own.filter(({ passed }) => !passed).length;
    console.log(
      `${part.padEnd(10)}${`${own.length}`.padStart(6)}${`${failed}`.padStart(8)}${seconds(ms).padStart(10)}`,
    );
  }
  console.log('TIME adds up what tests took that ran side by side.');
}

function printFailure({ file, title, message }) {
  const lines = message.replace(/\x1b\[[0-9;]*m/g, '').split('\n');
  const reason = lines.filter((line) => line.trim() !== '' && !/^\s+at .*node_modules/.test(line));
  console.log(`\n✗ ${file}: ${title}`);
  for (const line of reason.slice(0, REASON_LINES)) console.log(`  ${shorten(line)}`);
}

function shorten(text) {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
