import type { StartRequest } from './session.ts';

/** The permissions that a project's files need, to show before a start. */
export interface ProjectReport {
  /** The source of the request: the project file, or the folder if its code runs. */
  file: string;
  /** Hash of the contents and the mounts' targets, which the trust applies to. SHA-256, hexadecimal. */
  fingerprint: string;
  /** The permissions, one line each: access beyond its folder, and code that it runs. */
  permissions: string[];
  /** Whether the user trusts this content, or it needs no permission. */
  trusted: boolean;
  /** Names of the user's variables that it needs in the session. */
  passEnv: string[];
}

/** A kind of notebook, as `ezj kinds` shows it. */
export interface KindSummary {
  name: string;
  title: string;
  /** The image, or the key that chooses it. */
  image: string;
  /** The source of its definition. */
  from: 'ezj' | 'configuration' | 'project';
}

/** The permissions that the user grants, as shown before. */
export interface TrustRequest {
  request: StartRequest;
  /** Of the {@link ProjectReport} that was shown. */
  fingerprint: string;
}
