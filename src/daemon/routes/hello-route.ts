import { PROTOCOL, VERSION } from '../../protocol/version.ts';
import type { Serving } from '../serving.ts';
import type { DaemonState } from '../state.ts';
import type { Router } from './router.ts';

/** Routes that identify and stop the daemon. */
export function helloRoute(router: Router, state: DaemonState, { close }: Serving): void {
  router.answer('GET /v1/hello', {}, () => ({
    version: VERSION,
    protocol: PROTOCOL,
    pid: process.pid,
    startedAt: state.startedAt,
    engine: state.engineSource(),
    sessions: state.runningSessions(),
    rssBytes: process.memoryUsage.rss(),
  }));
  router.answer('POST /v1/daemon/stop', {}, () => {
    setImmediate(close, 'asked to');
    return {};
  });
}
