import { stat } from 'node:fs/promises';
import type { Engine, Image } from '../engine/engine.ts';
import type { EnvironmentRecord, Use } from '../environments/records.ts';
import { isEnvironmentTag, isImportedTag, isLayerTag } from '../environments/tags.ts';
import { inspectAll, standsOn, withoutDependents } from '../images/stack.ts';
import { LABEL } from '../protocol/labels.ts';

/** An image of an environment, or of one of its steps, that nothing needs. */
export interface UnusedImage {
  /** All of its names. */
  names: string[];
  /** The space that its removal frees: without the layers that it shares with the image below it. */
  bytes: number;
  project?: string;
  /** ISO 8601. */
  lastUsed: string;
  why: string;
}

/** What decides whether an image is unused. */
interface Criteria {
  owner: string;
  records: Record<string, EnvironmentRecord>;
  /** IDs of the images that containers use, of all owners. */
  inUse: Set<string>;
  /** Project folders that no longer exist. */
  gone: Set<string>;
  /** An image whose last use is before this moment is old, ISO 8601. */
  oldBefore: string;
}

/**
 * Finds the environments that can be removed: their project folder is gone, or their project has replaced them and not
 * used them for `olderThanMs`. Also finds layers that no other image is built on. Keeps images that a container of any
 * owner uses, and images of other owners. `going`: containers that are removed first.
 */
export async function findUnusedEnvironments(
  { engine, owner, records }: { engine: Engine; owner: string; records: Record<string, EnvironmentRecord> },
  { olderThanMs, going }: { olderThanMs: number; going: string[] },
): Promise<UnusedImage[]> {
  const [labelled, containers] = await Promise.all([engine.listImages([LABEL.environment]), engine.listContainers([])]);
  if (labelled.length === 0 && !Object.keys(records).some(isImportedTag)) return [];
  const inUse = new Set(containers.filter(({ id }) => !going.includes(id)).map(({ imageId }) => imageId));
  const images = await inspectAll(engine, [...inUse]);
  const projects = new Set(images.flatMap((image) => usesOf(image, records)).map(({ project }) => project));
  const gone = new Set<string>();
  await Promise.all([...projects].map(async (project) => (await isFolderGone(project)) && gone.add(project)));
  const oldBefore = new Date(Date.now() - olderThanMs).toISOString();
  return chooseUnused(images, { owner, records, inUse, gone, oldBefore });
}

/** Makes the choice of {@link findUnusedEnvironments} from all images. */
export function chooseUnused(images: Image[], criteria: Criteria): UnusedImage[] {
  const { records, inUse, oldBefore } = criteria;
  const own = images.filter((image) => isOwn(image, criteria));
  const environments = own.filter(({ tags }) => tags.some((tag) => isEnvironmentTag(tag) || isImportedTag(tag)));
  const going = environments.filter((image) => !inUse.has(image.id) && isDispensable(image, environments, criteria));
  const layers = own.filter((image) => !environments.includes(image) && !inUse.has(image.id));
  const unneeded = layers.filter(
    (layer) => timeOf(layer.created) < oldBefore || going.some((environment) => standsOn(environment, layer)),
  );
  const candidates = [...going, ...unneeded].map(({ id }) => id);
  return withoutDependents(images, candidates).map(({ image, bytes }) => {
    const used = lastUsed(image, records);
    const project = usesOf(image, records).at(-1)?.project;
    const why = going.includes(image)
      ? `environment ${describeUses(image, criteria)}, last used ${used.slice(0, 10)}`
      : `step of an environment of ${project}, for builds`;
    return { names: image.tags, bytes, project, lastUsed: used, why };
  });
}

/**
 * Whether this owner built or imported the image, and it has only names from ezj. Labels alone don't tell, because
 * images that are built on it inherit them.
 */
function isOwn({ tags, labels }: Image, { owner, records }: Criteria): boolean {
  const made = labels[LABEL.owner] === owner || tags.some((tag) => records[tag]?.imported !== undefined);
  const isStep = labels[LABEL.environment] !== undefined && labels[LABEL.incrementOf] !== undefined;
  // The base image of an archive has the labels of its maker.
  const isImported = tags.length > 0 && tags.every(isImportedTag);
  const named = tags.length > 0 && tags.every((tag) => isEnvironmentTag(tag) || isLayerTag(tag) || isImportedTag(tag));
  return made && (isStep || isImported) && named && !labels[LABEL.session];
}

function isDispensable(image: Image, environments: Image[], { records, gone, oldBefore }: Criteria): boolean {
  const uses = usesOf(image, records);
  if (isRecorded(image, records) && uses.length > 0 && uses.every(({ project }) => gone.has(project))) return true;
  if (lastUsed(image, records) >= oldBefore) return false;
  const others = environments.filter((other) => other !== image).flatMap((other) => usesOf(other, records));
  return uses.every((use) => gone.has(use.project) || others.some((other) => replaces(other, use)));
}

/** Whether the project has since started from another image, for the same kind if both kinds are known. */
function replaces(other: Use, use: Use): boolean {
  const sameKind = other.kind === use.kind || other.kind === '' || use.kind === '';
  return other.project === use.project && sameKind && other.at > use.at;
}

/**
 * The uses of an image, the latest last. Without a record, the project that it was built for and the time of the build.
 */
export function usesOf({ tags, labels, created }: Image, records: Record<string, EnvironmentRecord>): Use[] {
  const recorded = tags.flatMap((tag) => records[tag]?.uses ?? []);
  if (recorded.length > 0) return recorded.sort((a, b) => a.at.localeCompare(b.at));
  // The label of an imported image names a folder on another machine.
  if (tags.some((tag) => records[tag]?.imported !== undefined)) return [];
  const project = labels[LABEL.project];
  return project ? [{ project, kind: '', at: timeOf(created) }] : [];
}

/** When an image was last used, ISO 8601. Without a record, when it was imported or built. */
export function lastUsed(image: Image, records: Record<string, EnvironmentRecord>): string {
  const imported = image.tags.flatMap((tag) => records[tag]?.imported ?? []);
  const times = [...usesOf(image, records).map(({ at }) => at), ...imported].sort();
  return times.at(-1) ?? timeOf(image.created);
}

/** The time of an engine as ISO 8601 with milliseconds, so that times compare as text. */
function timeOf(created: string): string {
  return new Date(Date.parse(created) || 0).toISOString();
}

function isRecorded({ tags }: Image, records: Record<string, EnvironmentRecord>): boolean {
  return tags.some((tag) => (records[tag]?.uses.length ?? 0) > 0);
}

function describeUses(image: Image, { records, gone }: Criteria): string {
  const uses = usesOf(image, records);
  const project = uses.at(-1)?.project;
  if (project === undefined) return 'from another machine, used by no project';
  if (uses.every((use) => gone.has(use.project))) return `of ${project}, whose folder is gone`;
  return `that ${project} has replaced`;
}

/** A folder that cannot be read, for example on an unmounted share, does not count as gone. */
export async function isFolderGone(project: string): Promise<boolean> {
  try {
    return !(await stat(project)).isDirectory();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
