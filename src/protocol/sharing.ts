import type { EnvironmentRequest } from './environment.ts';
import type { HostNetwork } from './session.ts';

/** Which environment `ezj push` is asked for, and under which name; without one, where `env.registry` says. */
export interface PushRequest extends EnvironmentRequest {
  reference?: string;
}

/** What `ezj push` has pushed. */
export interface PushReport {
  /** Its name here. */
  image: string;
  /** Its name at the registry. */
  reference: string;
  /** `sha256:…`, of its manifest there. */
  digest: string;
}

/** Which environment `ezj pull` is asked for; the image below it comes as at a start. */
export interface FetchRequest extends EnvironmentRequest {
  host: HostNetwork;
}

/** What `ezj pull` has brought. */
export interface FetchReport {
  image: string;
  reference: string;
  /** Whether it was not here before. */
  pulled: boolean;
}
