const ENVIRONMENT_TAG = /^ezj\/env-[a-z0-9-]+:[0-9a-f]{12}$/;
const LAYER_TAG = /^ezj\/layer:[0-9a-f]{12}$/;

/** Whether a name is one that ezj gives to an environment. */
export function isEnvironmentTag(tag: string): boolean {
  return ENVIRONMENT_TAG.test(tag);
}

/** The hash that an environment's name ends with: 12 digits. */
export function tagHash(tag: string): string {
  return tag.slice(tag.lastIndexOf(':') + 1);
}

/** Whether a name is one that ezj gives to a step on the way to an environment. */
export function isLayerTag(tag: string): boolean {
  return LAYER_TAG.test(tag);
}
