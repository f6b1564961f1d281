import type { ContainerDetails } from '../engine/engine.ts';
import type { Server } from '../notebooks/running-server.ts';
import { LABEL } from '../protocol/labels.ts';
import { readServer } from './labels.ts';

/** The server of a container, with its address on this machine and the token that ezj set. */
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

/** Replaces an address that means "all interfaces", because clients cannot connect to it. */
function reachable(bind: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[bind] ?? bind;
}
