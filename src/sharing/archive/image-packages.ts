import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { ContainerSpec, Engine, EngineInfo, Image } from '../../engine/engine.ts';
import { BUILD_CONTAINER, buildingIn } from '../../environments/build/run-step.ts';
import { processIdentity } from '../../host/processes.ts';
import { LABEL } from '../../protocol/labels.ts';

/** Each command prints `NAME==VERSION` lines, or nothing if its program is not in the image. */
const COMMANDS = {
  python: 'python3 -m pip list --format=freeze --disable-pip-version-check',
  r: `Rscript --vanilla -e 'p <- installed.packages(); cat(sprintf("%s==%s\\n", p[, "Package"], p[, "Version"]), sep = "")'`,
  debian: `dpkg-query -W -f '\${Package}==\${Version}\\n'`,
};

/** Lists the packages in an image, by installer: pip, R, Debian. Empty if the image has no shell. */
export async function installedPackages(
  { engine, info, owner, pidsLimit }: { engine: Engine; info: EngineInfo; owner: string; pidsLimit: number },
  image: Image,
  signal: AbortSignal,
): Promise<Record<string, Record<string, string>>> {
  const script = Object.entries(COMMANDS).map(([name, command]) => `echo "[${name}]"; ${command} 2> /dev/null`);
  const spec: ContainerSpec = {
    name: `${BUILD_CONTAINER}${randomBytes(6).toString('hex')}`,
    image: image.tags[0] ?? image.id,
    // The label of an environment, which a base image does not have, lets cleanup find the container if the daemon is
    // killed.
    labels: { [LABEL.owner]: owner, [LABEL.environment]: '', [LABEL.daemon]: processIdentity(process.pid) ?? '' },
    env: {},
    entrypoint: ['/bin/sh', '-c', script.join('\n')],
    cmd: [],
    mounts: [],
    capabilities: [],
    init: false,
    noNewPrivileges: true,
    selinuxDisabled: info.selinux,
    pidsLimit,
    shmBytes: 64 * 2 ** 20,
  };
  return buildingIn(spec.name, async () => {
    const container = await engine.createContainer(spec);
    try {
      await engine.startContainer(container);
      await engine.waitForExit(container, { signal });
      return parsePackages(await text(await engine.containerLogs(container, { signal })));
    } finally {
      await engine.removeContainer(container);
    }
  });
}

/** Reads lines of `NAME==VERSION` below `[WHO]`. */
export function parsePackages(output: string): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  let who = '';
  for (const line of output.split(/\r?\n/)) {
    who = /^\[(\w+)\]$/.exec(line)?.[1] ?? who;
    const [, name, version] = /^([A-Za-z0-9][\w.+:-]*)==(\S+)$/.exec(line) ?? [];
    if (name && version) found[who] = { ...found[who], [name]: version };
  }
  return found;
}
