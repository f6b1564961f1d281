import type { EnvironmentRequest } from './environment.ts';
import type { HostNetwork } from './session.ts';

/** The environment for `ezj push`, and its name at the registry. Default: a name in `env.registry`. */
export interface PushRequest extends EnvironmentRequest {
  reference?: string;
}

/** The result of `ezj push`. */
export interface PushReport {
  /** Its local name. */
  image: string;
  /** Its name at the registry. */
  reference: string;
  /** `sha256:…`, of its manifest at the registry. */
  digest: string;
}

/** The environment for `ezj pull`. The base image is obtained like at a start. */
export interface FetchRequest extends EnvironmentRequest {
  host: HostNetwork;
}

/** The result of `ezj pull`. */
export interface FetchReport {
  image: string;
  reference: string;
  /** Whether it is new on this machine. */
  pulled: boolean;
}
