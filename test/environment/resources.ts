import { request } from './engine-api.ts';

/** What is on the engine, by id or name. */
export interface Resources {
  containers: string[];
  volumes: string[];
  images: string[];
}

interface Entry {
  Id: string;
  Name: string;
}

/** Lists what is on the engine; with `label`, only what carries it (`key` or `key=value`). */
export async function listResources({ label }: { label?: string } = {}): Promise<Resources> {
  const query: Record<string, string> = label === undefined ? {} : { filters: JSON.stringify({ label: [label] }) };
  const [containers, volumes, images] = (await Promise.all([
    request({ path: '/containers/json', query: { all: '1', ...query } }),
    request({ path: '/volumes', query }),
    request({ path: '/images/json', query }),
  ])) as [Entry[], { Volumes: Entry[] | null }, Entry[]];
  return {
    containers: containers.map(({ Id }) => Id).sort(),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name).sort(),
    images: images.map(({ Id }) => Id).sort(),
  };
}

/**
 * What has come since an earlier list: empty lists where nothing was left behind.
 * Give `label` where other tests run at the same time, and compare only what carries it.
 */
export async function listAdded(before: Resources, options: { label?: string } = {}): Promise<Resources> {
  const after = await listResources(options);
  const added = (kind: keyof Resources) => after[kind].filter((name) => !before[kind].includes(name));
  return { containers: added('containers'), volumes: added('volumes'), images: added('images') };
}

/** Removes everything that carries a label, containers first; what is gone already is no error. */
export async function removeLabelled(label: string): Promise<void> {
  const { containers, volumes, images } = await listResources({ label });
  for (const id of containers) await remove(`/containers/${id}`, { force: '1', v: '1' });
  for (const name of volumes) await remove(`/volumes/${encodeURIComponent(name)}`, { force: '1' });
  await removeImages(images);
}

/** An image cannot go before those that stand on it: what is refused is tried again, as long as another one went. */
async function removeImages(ids: string[]): Promise<void> {
  const refused: string[] = [];
  for (const id of ids) if (!(await remove(`/images/${id}`, { force: '1' }))) refused.push(id);
  if (refused.length > 0 && refused.length < ids.length) await removeImages(refused);
}

/** Removes one thing by its path in the engine's API, and tells whether it is gone; it is not where something else still needs it. */
export async function remove(path: string, query: Record<string, string> = {}): Promise<boolean> {
  try {
    await request({ method: 'DELETE', path, query });
    return true;
  } catch (error) {
    const [, status] = /: (404|409) /.exec((error as Error).message) ?? [];
    if (status === undefined) throw error;
    return status === '404';
  }
}
