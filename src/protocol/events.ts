import type { ErrorShape } from './errors.ts';

/** A step of a long call begins. One line for the user. */
export interface StepEvent {
  type: 'step';
  text: string;
}

/** Progress of one layer of a pull. Sizes in bytes; `totalBytes` is missing until the registry reports it. */
export interface LayerEvent {
  type: 'layer';
  id: string;
  phase: 'waiting' | 'downloading' | 'extracting' | 'done';
  currentBytes: number;
  totalBytes?: number;
}

/** A build reaches an instruction: number `step` of `steps`, with its text. */
export interface BuildStepEvent {
  type: 'build-step';
  image: string;
  step: number;
  steps: number;
  text: string;
}

/** One line of a tool's output. */
export interface OutputEvent {
  type: 'output';
  line: string;
}

/** A problem that does not stop the call. */
export interface WarningEvent {
  type: 'warning';
  text: string;
}

/** The duration of a part of a start. Parts can overlap. */
export interface TimingEvent {
  type: 'timing';
  part: string;
  ms: number;
}

/** An event that a long call reports while it runs. */
export type ProgressEvent = StepEvent | LayerEvent | BuildStepEvent | OutputEvent | WarningEvent | TimingEvent;

/** The last line of a stream: exactly one of these. A stream that ends without one is an error. */
export type FinalEvent<Result> = { type: 'done'; result: Result } | { type: 'error'; error: ErrorShape };

/** One line of the NDJSON answer of a long call. */
export type StreamEvent<Result> = ProgressEvent | FinalEvent<Result>;

/** The function that a long call reports to. */
export type Report = (event: ProgressEvent) => void;
