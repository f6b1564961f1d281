import { shellQuote } from '../protocol/shell-word.ts';

/** The condition after a step that the next step needs. */
export interface EngineReadiness {
  /** The socket that must answer `GET /_ping`. */
  socket: string;
  /** The file whose last lines explain a failure. */
  log?: string;
  deadlineMs: number;
}

/** One command of a setup. */
export interface SetupStep {
  /** Its purpose, in a few words. */
  title: string;
  /** The argv, including `sudo`. */
  command: string[];
  why: string;
  /** Whether the command runs as root through sudo. */
  sudo: boolean;
  /** Set on the step that starts the engine. Skips the step if the engine answers already, otherwise waits for the engine. */
  ready?: EngineReadiness;
}

/** The plan of `ezj setup` for this machine. Empty `steps` mean that there is nothing to do. */
export interface SetupPlan {
  /** The reason for the plan, one line. */
  reason: string;
  steps: SetupStep[];
  /** Notes for the user besides the steps. */
  notes: string[];
  /** Whether the user needs a new login (or `newgrp docker`) to use the engine. */
  needsNewLogin: boolean;
}

/** The lines to show before asking whether to run the plan. */
export function describePlan(plan: SetupPlan): string[] {
  return [
    plan.reason,
    ...plan.steps.flatMap((step) => [`  ${formatCommand(step.command)}`, `      ${step.title}: ${step.why}`]),
    ...plan.notes.map((note) => `Note: ${note}`),
  ];
}

/** Quotes an argv as one shell command line. */
export function formatCommand(command: string[]): string {
  return command.map(shellQuote).join(' ');
}
