import type { StartRequest } from './session.ts';

/** What a project's files ask for, as far as the user has to know before a start. */
export interface ProjectReport {
  /** Which file asks: the project's own, or the folder where code in it is run. */
  file: string;
  /** Of the contents and of what the mounts lead to: what is agreed to. SHA-256, hexadecimal. */
  fingerprint: string;
  /** What it asks for that reaches beyond its folder, and which code it runs, a line each. */
  permissions: string[];
  /** Whether the user has agreed to this content, or it asks for nothing. */
  trusted: boolean;
  /** Names of the user's variables that it wants for the session. */
  passEnv: string[];
}

/** A kind of notebook, as `ezj kinds` shows it. */
export interface KindSummary {
  name: string;
  title: string;
  /** The image, or the key that chooses it. */
  image: string;
  /** Who has defined it. */
  from: 'ezj' | 'configuration' | 'project';
}

/** The permissions that the user grants: those of a start, as they were shown. */
export interface TrustRequest {
  request: StartRequest;
  /** Of the {@link ProjectReport} that was shown. */
  fingerprint: string;
}
