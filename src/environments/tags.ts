const ENVIRONMENT_TAG = /^ezj\/env-[a-z0-9-]+:[0-9a-f]{12}$/;
const LAYER_TAG = /^ezj\/layer:[0-9a-f]{12}$/;
const IMPORTED_TAG = /^ezj\/(?:imported|pulled)-[a-z0-9-]+:[0-9a-f]{12}$/;

/** Whether a name has the form of the name of an environment that is built here. */
export function isEnvironmentTag(tag: string): boolean {
  return ENVIRONMENT_TAG.test(tag);
}

/** The name of an image that tells most: that of an environment, before those of its steps. */
export function bestName(tags: string[]): string | undefined {
  return tags.find(isEnvironmentTag) ?? tags.find(isImportedTag) ?? tags[0];
}

/** The hash that an environment's name ends with: 12 digits. */
export function tagHash(tag: string): string {
  return tag.slice(tag.lastIndexOf(':') + 1);
}

/** Whether a name has the form of the name of an environment's step. */
export function isLayerTag(tag: string): boolean {
  return LAYER_TAG.test(tag);
}

/**
 * Whether a name has the form of a name for an image from another machine. Its content is that of its maker, so no
 * lookup by hash takes such an image, and nothing is built under such a name.
 */
export function isImportedTag(tag: string): boolean {
  return IMPORTED_TAG.test(tag);
}
