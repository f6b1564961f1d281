import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** Runs a command to its end. Returns its wall time in ms and what it printed. Fails if the command fails. */
export function time(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - started;
      if (code === 0) resolve({ ms, stdout: stdout.trim(), stderr: stderr.trim() });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stderr}`));
    });
  });
}

/** Middle value of a list of numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs competitors in turn, A B C A B C …, after a warm-up round. Each is an async function that returns ms.
 * Returns for each the median, the spread, and the median of its ratio to the first in the same round: if the machine's speed
 * drifts, that affects all of a round equally.
 */
export async function compare(competitors, { rounds = 10 } = {}) {
  const names = Object.keys(competitors);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const ms = await competitors[name]();
      if (round >= 0) samples[name].push(ms);
    }
  }
  const [reference] = names;
  return names.map((name) => ({
    name,
    medianMs: median(samples[name]),
    minMs: Math.min(...samples[name]),
    maxMs: Math.max(...samples[name]),
    ratio: median(samples[name].map((ms, i) => ms / samples[reference][i])),
  }));
}

/** Prints a comparison as a table, with ratios to its first row. `bounds`: the maximum ratio of a row. */
export function printComparison(title, rows, bounds = {}) {
  console.log(`\n${title}`);
  for (const { name, medianMs, minMs, maxMs, ratio } of rows) {
    const bound =
      bounds[name] === undefined ? '' : `  (aim: at most ${bounds[name]}${ratio > bounds[name] ? ', MISSED' : ''})`;
    const spread = `${minMs.toFixed(0)} to ${maxMs.toFixed(0)}`;
    console.log(
      `  ${name.padEnd(46)} ${medianMs.toFixed(0).padStart(6)} ms  ${spread.padStart(14)}  ${ratio.toFixed(2)} x${bound}`,
    );
  }
}
