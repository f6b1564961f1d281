import type { Config } from '../config/keys.ts';
import type { Container, Engine } from '../engine/engine.ts';
import type { EnvironmentRecords } from '../environments/records.ts';
import { bestName } from '../environments/tags.ts';
import { toEzjError } from '../protocol/errors.ts';
import type { PruneItem, PruneReport, PruneRequest } from '../protocol/image.ts';
import { LABEL, ownedBy, SESSION_NETWORK } from '../protocol/labels.ts';
import type { SessionContext } from '../sessions/context.ts';
import { listSessionContainers } from '../sessions/docker/own-containers.ts';
import type { HomeUses } from '../sessions/home-uses.ts';
import type { Registry } from '../sessions/registry.ts';
import type { Runtime } from '../sessions/runtime.ts';
import { findOldImages } from './old-images.ts';
import { findUnusedEnvironments } from './unused-environments.ts';
import { findUnusedHomes } from './unused-homes.ts';

/** What pruning needs. */
interface PruneContext extends SessionContext {
  engine: Engine;
  config: Config;
  registry: Registry;
  records: EnvironmentRecords;
  homeUses: HomeUses;
}

const DAY_MS = 86_400_000;

/**
 * Finds what ezj can remove, and removes it if `remove` is set: containers of stopped sessions, images of an earlier
 * ezj, and environments that their projects have replaced or whose folders are gone. With `volumes`, also home folders
 * of projects that are gone or that were not used for the requested time. With `caches`, also the package caches.
 * Things that are in use by then, and kept containers with changed files, stay with a reason.
 */
export async function prune(
  context: PruneContext,
  { remove, volumes, caches, ...request }: PruneRequest,
): Promise<PruneReport> {
  const olderThanMs = request.olderThanMs ?? context.config['prune.environmentDays'] * DAY_MS;
  const containers = await stoppedContainers(context);
  const images = await oldImages(context);
  const going = containers.filter(({ skipped }) => skipped === undefined);
  const environments = await unusedEnvironments(context, going, olderThanMs);
  // Ignores the days of the configuration, because no build can restore a home folder.
  const homesOf = { going: going.flatMap(({ names }) => names), olderThanMs: request.olderThanMs };
  const homes = volumes ? await findUnusedHomes(context, homesOf) : [];
  const packages = caches ? await packageCaches(context) : [];
  const items: PruneItem[] = [];
  for (const { names, ...item } of [...containers, ...environments, ...images, ...homes, ...packages]) {
    items.push(remove && item.skipped === undefined ? await removeItem(context, item, names) : item);
  }
  // Sessions make it again. It takes no space, so it is no item.
  if (remove) await context.engine.removeUnusedNetwork(SESSION_NETWORK).catch(() => {});
  const bytes = items.reduce((sum, item) => sum + (item.skipped === undefined ? (item.bytes ?? 0) : 0), 0);
  return { items, bytes, removed: remove };
}

/** `names`: the names by which the engine removes the item. */
type Found = PruneItem & { names: string[] };

async function stoppedContainers({ engine, runtime, owner }: PruneContext): Promise<Found[]> {
  const containers = await listSessionContainers(engine, owner, { sizes: true });
  const stopped = containers.filter(({ state }) => state === 'exited' || state === 'dead');
  return Promise.all(
    stopped.map(async (container) => ({
      type: 'container' as const,
      names: [container.id],
      name: nameOf(container),
      bytes: container.bytes,
      why: `stopped session of ${container.labels[LABEL.project]}`,
      skipped: await whyKept(runtime, container),
    })),
  );
}

/** Why a stopped container stays: its files would be lost. A dead container cannot start again, so it never stays. */
async function whyKept(runtime: Runtime, container: Container): Promise<string | undefined> {
  if (container.state === 'dead') return undefined;
  try {
    const { length } = await runtime.filesOutside(container.id);
    if (length === 0) return undefined;
    return `it keeps ${length} changed ${length === 1 ? 'file' : 'files'}; ezj stop --discard ${nameOf(container)} removes it`;
  } catch (error) {
    return `its changed files are unknown: ${toEzjError(error).message}`;
  }
}

function nameOf({ id, labels }: Container): string {
  return labels[LABEL.session] ?? id;
}

async function oldImages({ engine, owner }: PruneContext): Promise<Found[]> {
  const images = await findOldImages(engine, owner);
  return images.map(({ tags, bytes }) => ({
    type: 'image',
    names: tags,
    name: tags[0] ?? '',
    bytes,
    why: 'built by another version of ezj',
  }));
}

async function unusedEnvironments(
  { engine, owner, records }: PruneContext,
  going: Found[],
  olderThanMs: number,
): Promise<Found[]> {
  const options = { olderThanMs, going: going.flatMap(({ names }) => names) };
  const unused = await findUnusedEnvironments({ engine, owner, records: records.all() }, options);
  return unused.map((image) => ({ type: 'image', name: bestName(image.names) ?? '', ...image }));
}

async function packageCaches({ engine, owner }: PruneContext): Promise<Found[]> {
  const volumes = await engine.listVolumes([ownedBy(owner), LABEL.cache], { sizes: true });
  return volumes.map(({ name, labels, bytes }) => ({
    type: 'volume',
    names: [name],
    name,
    bytes,
    why: `downloads and compiled packages of ${labels[LABEL.cache]}, for builds`,
  }));
}

async function removeItem(
  { engine, registry, records }: PruneContext,
  item: PruneItem,
  names: string[],
): Promise<PruneItem> {
  try {
    const remove: Record<PruneItem['type'], (name: string) => Promise<void>> = {
      image: (name) => engine.removeImage(name),
      volume: (name) => engine.removeVolume(name),
      // Without force, because the container may have started again since it was listed.
      container: (name) => engine.removeContainer(name, { force: false }).finally(() => registry.refresh(name)),
    };
    for (const name of names) await remove[item.type](name);
    if (item.type === 'image') records.forget(names);
    return item;
  } catch (error) {
    return { ...item, skipped: toEzjError(error).message };
  }
}
