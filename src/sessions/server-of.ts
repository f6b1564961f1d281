import type { ContainerDetails } from '../engine/engine.ts';
import type { Server } from '../notebooks/running-server.ts';
import { LABEL } from '../protocol/labels.ts';
import { readServer } from './labels.ts';

/** Where the server of a container is reached from this machine, with the token that ezj gave it. */
export function serverOf({ labels, env }: ContainerDetails): Server {
  const contract = readServer({ labels });
  return {
    address: reachable(labels[LABEL.bind] ?? '127.0.0.1'),
    port: Number(labels[LABEL.port]),
    basePath: '/',
    token: env[contract.secret] ?? '',
    contract,
  };
}

/** An address that means "every interface" is no place to connect to. */
function reachable(bind: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind] ?? bind;
}
