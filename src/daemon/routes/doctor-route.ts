import { examine } from '../../doctor/examine.ts';
import type { DaemonState } from '../state.ts';
import { doctorRequest } from './requests.ts';
import type { Router } from './router.ts';

/** The route for the daemon's part of `ezj doctor`. */
export function doctorRoute(router: Router, state: DaemonState): void {
  router.answer('POST /v1/doctor', { body: doctorRequest }, ({ body: { host } }) => {
    const engine = async () => (await state.context()).info;
    return examine({ engine, config: state.config.read(), host, warnings: state.takeWarnings() });
  });
}
