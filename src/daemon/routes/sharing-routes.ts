import { exportEnvironment } from '../../sharing/export-environment.ts';
import { importEnvironment } from '../../sharing/import-environment.ts';
import { fetchEnvironment } from '../../sharing/pull-environment.ts';
import { pushEnvironment } from '../../sharing/push-environment.ts';
import type { DaemonState } from '../state.ts';
import { environmentRequest, fetchRequest, importQuery, pushRequest } from './requests.ts';
import type { Router } from './router.ts';

/** Routes that export, import, push and pull built environments. */
export function sharingRoutes(router: Router, state: DaemonState): void {
  router.bytes('POST /v1/environment/export', { body: environmentRequest }, async ({ body, write, ...call }) => {
    const { archive, report } = await exportEnvironment(body, await state.context(), call);
    call.signal.addEventListener('abort', () => archive.destroy());
    for await (const chunk of archive) await write(chunk as Buffer);
    call.signal.throwIfAborted();
    return report;
  });

  router.result('POST /v1/environment/import', { query: importQuery }, async ({ query, upload, ...call }) =>
    importEnvironment(upload, query, await state.context(), call),
  );

  router.result('POST /v1/environment/push', { body: pushRequest }, async ({ body, ...call }) =>
    pushEnvironment(body, await state.context(), call),
  );

  router.result('POST /v1/environment/pull', { body: fetchRequest }, async ({ body, ...call }) =>
    fetchEnvironment(body, await state.context(), call),
  );
}
