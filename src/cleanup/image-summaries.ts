import type { Config } from '../config/keys.ts';
import type { Engine, Image } from '../engine/engine.ts';
import type { EnvironmentRecords } from '../environments/records.ts';
import { bestName, isEnvironmentTag, isImportedTag, isLayerTag } from '../environments/tags.ts';
import { BUILT_IN, toKind } from '../notebooks/kinds.ts';
import type { ImageSummary } from '../protocol/image.ts';
import { LABEL } from '../protocol/labels.ts';
import { listSessionContainers } from '../sessions/docker/own-containers.ts';
import { lastUsed, usesOf } from './unused-environments.ts';

/** One image for the user, with the names of the sessions that use it. */
export function summariseImage({ id, tags, digests, bytes, created, labels }: Image, sessions: string[]): ImageSummary {
  return {
    reference: bestName(tags) ?? digests[0] ?? id,
    id,
    bytes,
    created,
    origin: (labels[LABEL.image] ?? labels[LABEL.environment]) ? 'built' : 'pulled',
    sessions,
  };
}

/**
 * Lists the images that ezj built, that are configured for a kind, or that a session uses. Leaves out the intermediate
 * steps of environments.
 */
export async function summariseImages({
  engine,
  owner,
  config,
  records,
}: {
  engine: Engine;
  owner: string;
  config: Config;
  records: EnvironmentRecords;
}): Promise<ImageSummary[]> {
  const kinds = [...Object.values(BUILT_IN), ...Object.entries(config.kinds).map(([name, kind]) => toKind(name, kind))];
  const named = kinds.flatMap(({ image }) =>
    'reference' in image ? [image.reference] : [config[image.choice], config[image.official]],
  );
  const [built, environments, containers] = await Promise.all([
    engine.listImages([LABEL.image]),
    engine.listImages([LABEL.environment]),
    listSessionContainers(engine, owner),
  ]);
  const references = [...named, ...containers.map(({ imageId }) => imageId)].filter(
    (each) => !['auto', 'official', 'built'].includes(each),
  );
  const others = await Promise.all([...new Set(references)].map((each) => engine.inspectImage(each)));
  const images = new Map(
    [...built, ...environments, ...others.filter((image) => image !== undefined)].map((image) => [image.id, image]),
  );
  const known = records.all();
  return [...images.values()].flatMap((image) => {
    const users = containers.filter(({ imageId }) => imageId === image.id);
    const isStep = image.tags.length > 0 && image.tags.every(isLayerTag);
    if (isStep && users.length === 0) return [];
    const sessions = users.map(({ labels }) => labels[LABEL.session] ?? '');
    const summary = summariseImage(image, sessions);
    if (!image.tags.some((tag) => isEnvironmentTag(tag) || isImportedTag(tag))) return [summary];
    return [{ ...summary, project: usesOf(image, known).at(-1)?.project, lastUsed: lastUsed(image, known) }];
  });
}
