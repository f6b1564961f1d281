import type { ErrorShape } from './errors.ts';

/** A step of a long call has begun: one line for a person. */
export interface StepEvent {
  type: 'step';
  text: string;
}

/** Progress of one layer of a pull. Sizes in bytes; `totalBytes` is missing while the registry has not said it. */
export interface LayerEvent {
  type: 'layer';
  id: string;
  phase: 'waiting' | 'downloading' | 'extracting' | 'done';
  currentBytes: number;
  totalBytes?: number;
}

/** A build has reached an instruction: `step` of `steps`, its text. */
export interface BuildStepEvent {
  type: 'build-step';
  image: string;
  step: number;
  steps: number;
  text: string;
}

/** One line that a tool printed. */
export interface OutputEvent {
  type: 'output';
  line: string;
}

/** Something the user must know that does not stop the call. */
export interface WarningEvent {
  type: 'warning';
  text: string;
}

/** How long a part of a start took. Parts can overlap. */
export interface TimingEvent {
  type: 'timing';
  part: string;
  ms: number;
}

/** What a long call reports while it runs. */
export type ProgressEvent = StepEvent | LayerEvent | BuildStepEvent | OutputEvent | WarningEvent | TimingEvent;

/** How a stream ends: exactly one of these, as its last line. An end without either is an error. */
export type FinalEvent<Result> = { type: 'done'; result: Result } | { type: 'error'; error: ErrorShape };

/** One line of the NDJSON answer of a long call. */
export type StreamEvent<Result> = ProgressEvent | FinalEvent<Result>;

/** Where a long call reports to. */
export type Report = (event: ProgressEvent) => void;
