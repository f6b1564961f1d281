const ENVIRONMENT_TAG = /^ezj\/env-[a-z0-9-]+:[0-9a-f]{12}$/;
const LAYER_TAG = /^ezj\/layer:[0-9a-f]{12}$/;

/** Whether a name is one that ezj gives to an environment. */
export function isEnvironmentTag(tag: string): boolean {
  return ENVIRONMENT_TAG.test(tag);
}

/** Whether a name is one that ezj gives to a step on the way to an environment. */
export function isLayerTag(tag: string): boolean {
  return LAYER_TAG.test(tag);
}
