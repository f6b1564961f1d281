const ENVIRONMENT_TAG = /^ezj\/env-[a-z0-9-]+:[0-9a-f]{12}$/;
const LAYER_TAG = /^ezj\/layer:[0-9a-f]{12}$/;

/** Whether a name has the form of an environment's name. */
export function isEnvironmentTag(tag: string): boolean {
  return ENVIRONMENT_TAG.test(tag);
}

/** The hash that an environment's name ends with: 12 digits. */
export function tagHash(tag: string): string {
  return tag.slice(tag.lastIndexOf(':') + 1);
}

/** Whether a name has the form of the name of an environment's step. */
export function isLayerTag(tag: string): boolean {
  return LAYER_TAG.test(tag);
}
