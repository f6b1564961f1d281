import { shellQuote } from '../protocol/shell-word.ts';

/** What must be true after a step before the next one runs. */
export interface EngineReadiness {
  /** The socket that has to answer `GET /_ping`. */
  socket: string;
  /** The file whose last lines explain a failure. */
  log?: string;
  deadlineMs: number;
}

/** One command of a setup, as it is shown and as it runs. */
export interface SetupStep {
  /** What it does, a few words. */
  title: string;
  /** The argv that runs, `sudo` included. */
  command: string[];
  why: string;
  /** Whether the command runs as root through sudo. */
  sudo: boolean;
  /** Set on the step that starts the engine: it is skipped where the engine answers already, and waited for otherwise. */
  ready?: EngineReadiness;
}

/** What `ezj setup` would do on this machine: nothing where `steps` is empty. */
export interface SetupPlan {
  /** Why anything is done at all, one line. */
  reason: string;
  steps: SetupStep[];
  /** What the user has to know beside the steps. */
  notes: string[];
  /** Whether the user's terminal gets access to the engine only with a new login (or `newgrp docker`). */
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

/** Writes an argv as a line that a shell reads back as the same argv. */
export function formatCommand(command: string[]): string {
  return command.map(shellQuote).join(' ');
}
