/** Whether labels satisfy every filter: `key`, or `key=value`. */
export function hasLabels(labels: Record<string, string>, filters: string[]): boolean {
  return filters.every((filter) => {
    const [key = '', ...value] = filter.split('=');
    return value.length === 0 ? key in labels : labels[key] === value.join('=');
  });
}

/** A time as lists of an engine tell it: whole seconds. */
export function wholeSeconds(time: Date): string {
  return new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString();
}
