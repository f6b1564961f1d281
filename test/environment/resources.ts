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
  for (const id of images) await remove(`/images/${id}`, { force: '1' });
}

async function remove(path: string, query: Record<string, string>): Promise<void> {
  try {
    await request({ method: 'DELETE', path, query });
  } catch (error) {
    if (!/: (404|409) /.test((error as Error).message)) throw error;
  }
}
