import { certificateVariables, readBundle } from '../../host/certificates.ts';
import { readCondaConfigs } from '../../host/conda-config.ts';
import { indexVariables } from '../../host/package-indexes.ts';
import type { HostNetwork } from '../../protocol/session.ts';
import { OWN_FOLDER } from './build-folder.ts';
import type { StepContext } from './run-step.ts';

/** The host's network settings for a step: proxies, certificates, indexes and mirrors. `cran`: a mirror, or empty. */
export async function networkOf(
  host: HostNetwork,
  cran: string,
): Promise<Pick<StepContext, 'variables' | 'hostFiles'>> {
  const bundle = host.certificates === undefined ? undefined : await readBundle(host.certificates);
  const certificates = bundle && { path: `${OWN_FOLDER}/certificates.crt`, content: bundle };
  const settings = await readCondaConfigs(host.condaConfigs ?? [], certificates?.path);
  // conda recognizes the file by its extension.
  const conda = settings === undefined ? undefined : { path: `${OWN_FOLDER}/.condarc`, content: Buffer.from(settings) };
  // Programs read the names in either case, apt in lower case only.
  const proxy = Object.entries(host.proxy).flatMap(([name, value]) => [
    [name.toLowerCase(), value],
    [name, value],
  ]);
  const variables = {
    ...Object.fromEntries(proxy),
    ...(await indexVariables(host)),
    ...(cran ? { EZJ_CRAN: cran } : {}),
    ...(certificates ? certificateVariables(certificates.path) : {}),
    ...(conda ? { CONDARC: conda.path } : {}),
  };
  return { variables, hostFiles: [certificates, conda].filter((file) => file !== undefined) };
}
