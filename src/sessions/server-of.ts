import type { ContainerDetails } from '../engine/engine.ts';
import type { Server } from '../notebooks/jupyter.ts';
import { LABEL } from '../protocol/labels.ts';
import { TOKEN_VARIABLE } from './container-plan.ts';

/** Where the server of a container is reached from this machine, with the token that ezj gave it. */
export function serverOf({ labels, env }: ContainerDetails): Server {
  return {
    address: reachable(labels[LABEL.bind] ?? '127.0.0.1'),
    port: Number(labels[LABEL.port]),
    basePath: '/',
    token: env[TOKEN_VARIABLE] ?? '',
  };
}

/** An address that means "every interface" is no place to connect to. */
function reachable(bind: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind] ?? bind;
}
