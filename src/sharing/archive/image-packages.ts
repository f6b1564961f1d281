import { randomBytes } from 'node:crypto';
import { withDeadline } from '../../engine/deadline.ts';
import type { ContainerSpec, Engine, EngineInfo, Image } from '../../engine/engine.ts';
import { BUILD_CONTAINER, buildingIn } from '../../environments/build/run-step.ts';
import { processIdentity } from '../../host/processes.ts';
import { readBounded, tooSlow } from '../../protocol/bounded-read.ts';
import { LABEL } from '../../protocol/labels.ts';

/** Each command prints `NAME==VERSION` lines, or nothing if its program is not in the image. */
const COMMANDS = {
  python: 'python3 -m pip list --format=freeze --disable-pip-version-check',
  r: `Rscript --vanilla -e 'p <- installed.packages(); cat(sprintf("%s==%s\\n", p[, "Package"], p[, "Version"]), sep = "")'`,
  debian: `dpkg-query -W -f '\${Package}==\${Version}\\n'`,
};

const LIST_MS = 5 * 60_000;
/** A scientific image has about 1000 packages, in 30 kB. */
const MOST_BYTES = 4 * 2 ** 20;

/** Lists the packages in an image, by installer: pip, R, Debian. Empty if the image has no shell. */
export async function installedPackages(
  { engine, info, owner, pidsLimit }: { engine: Engine; info: EngineInfo; owner: string; pidsLimit: number },
  image: Image,
  caller: AbortSignal,
): Promise<Record<string, Record<string, string>>> {
  const limits = { what: `The list of packages in ${image.tags[0] ?? image.id}`, bytes: MOST_BYTES, ms: LIST_MS };
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
  return withDeadline({ signal: caller, ms: LIST_MS }, (signal) =>
    buildingIn(spec.name, async () => {
      const container = await engine.createContainer(spec);
      try {
        await engine.startContainer(container);
        await engine.waitForExit(container, { signal });
        const log = await engine.containerLogs(container, { signal });
        return parsePackages((await readBounded(log, { ...limits, signal })).toString('utf8'));
      } catch (error) {
        throw signal.aborted && !caller.aborted ? tooSlow(limits) : error;
      } finally {
        await engine.removeContainer(container);
      }
    }),
  );
}

/** Reads lines of `NAME==VERSION` below `[WHO]`. */
export function parsePackages(output: string): Record<string, Record<string, string>> {
  const found = new Map<string, Map<string, string>>();
  let who = '';
  for (const line of output.split(/\r?\n/)) {
    who = /^\[(\w+)\]$/.exec(line)?.[1] ?? who;
    const [, name, version] = /^([A-Za-z0-9][\w.+:-]*)==(\S+)$/.exec(line) ?? [];
    if (!name || !version || !Object.hasOwn(COMMANDS, who)) continue;
    const packages = found.get(who) ?? new Map<string, string>();
    found.set(who, packages.set(name, version));
  }
  return Object.fromEntries([...found].map(([each, packages]) => [each, Object.fromEntries(packages)]));
}
