import process from 'node:process';
import { EzjError } from '../protocol/errors.ts';
import { describePlan, formatCommand, type SetupPlan } from '../setup/plan.ts';
import { planSetup } from '../setup/plan-setup.ts';
import { runSetup } from '../setup/run-setup.ts';
import { askYesNo, canAsk } from './terminal/ask.ts';
import { cancellable } from './terminal/cancel.ts';
import type { Output } from './terminal/output.ts';

/**
 * Shows what it takes to get a container engine here, and does it where the user agrees.
 * @throws `setup-declined` on a no, or where there is nobody to ask; `setup-unsupported`, `setup-failed`, `cancelled`
 */
export async function setUpEngine({ output, yes }: { output: Output; yes: boolean }): Promise<SetupPlan> {
  const plan = await planSetup({ platform: process.platform, env: process.env, uid: process.getuid?.() });
  for (const line of describePlan(plan)) output.note(line);
  if (plan.steps.length === 0) return plan;
  if (!yes) await askFirst();
  await cancellable((signal) =>
    runSetup(plan, {
      signal,
      onStep: (step, { index, count, skipped }) => {
        if (output.json) output.event({ type: 'step', text: formatCommand(step.command) });
        else output.note(`[${index + 1}/${count}] ${step.title}${skipped ? ': done already' : ''}`);
      },
      onOutput: (line) => {
        // Hundreds of lines of a package manager tell nobody anything; the last ones are in the error of a step that fails.
        if (output.json) output.event({ type: 'output', line });
      },
    }),
  );
  return plan;
}

async function askFirst(): Promise<void> {
  if (!canAsk()) {
    throw new EzjError({
      code: 'setup-declined',
      message: 'ezj needs your permission to run these commands, and there is no terminal to ask on.',
      hint: 'ezj setup --yes runs them',
    });
  }
  if (await askYesNo('Run these commands?')) return;
  throw new EzjError({
    code: 'setup-declined',
    message: 'Nothing was installed.',
    hint: 'ezj setup shows the commands again; you can also run them yourself',
  });
}
