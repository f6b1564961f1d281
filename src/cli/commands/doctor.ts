import process from 'node:process';
import { toEzjError } from '../../protocol/errors.ts';
import type { Finding } from '../../protocol/image.ts';
import { safeText } from '../../protocol/terminal-text.ts';
import { whyNoBrowser } from '../browser.ts';
import type { Context } from '../context.ts';
import { declareCommand } from '../declaration.ts';
import { readHostNetwork } from '../host-network.ts';
import { formatTable } from '../terminal/table.ts';

const MARKS = { ok: 'ok', warning: 'warning', problem: 'PROBLEM' } as const;
const STYLES = { ok: 'green', warning: 'yellow', problem: 'red' } as const;

/** `ezj doctor`: exit code 1 where there is a problem. */
export const doctorCommand = declareCommand({
  name: 'doctor',
  summary: 'check everything that a session needs',
  json: 'Print the findings as JSON.',
  run: ({ context }) => doctor(context),
});

async function doctor(context: Context): Promise<void> {
  const { output } = context;
  const findings = [...(await askDaemon(context)), checkBrowser(context)];
  const problems = findings.filter(({ status }) => status === 'problem').length;
  if (problems > 0) process.exitCode = 1;
  if (output.json) return output.result(findings, '');
  const heads = await formatTable(findings.map(({ status, check }) => [MARKS[status], check, '']));
  for (const [index, { status, text, fix }] of findings.entries()) {
    const mark = output.style(
      STYLES[status],
      (heads[index] ?? '').padEnd(Math.max(...heads.map(({ length }) => length))),
      process.stdout,
    );
    output.raw(`${mark}  ${safeText(text)}\n`);
    if (fix) output.text(`${' '.repeat(9)}→ ${fix}`);
  }
}

/** The daemon's own findings, or the one that there is no daemon to ask. */
async function askDaemon({ client, env }: Context): Promise<Finding[]> {
  try {
    const findings = await client.call('POST /v1/doctor', { body: { host: readHostNetwork(env) } });
    if (findings.some(({ check }) => check === 'daemon')) return findings;
    return [{ check: 'daemon', status: 'ok', text: 'it answers' }, ...findings];
  } catch (error) {
    const { message, hint, details = [] } = toEzjError(error);
    const text = [message, ...details].join('\n  ');
    return [{ check: 'daemon', status: 'problem', text, fix: hint ?? 'ezj daemon logs' }];
  }
}

function checkBrowser({ env }: Context): Finding {
  const reason = whyNoBrowser({ env, platform: process.platform });
  if (reason === undefined) return { check: 'browser', status: 'ok', text: 'can be opened from here' };
  const fix = env.SSH_CONNECTION
    ? 'ezj prints the ssh -L line to type on your own machine'
    : 'Open the URL that ezj url prints, or name a browser in BROWSER';
  return { check: 'browser', status: 'warning', text: `is not opened: ${reason}`, fix };
}
