/** A value that came from another thread, where each buffer has become a plain array of bytes. Changes it in place. */
export function withBuffers(value: unknown): unknown {
  return restore(value, new Map());
}

/** What is the same object stays the same object. */
function restore(value: unknown, done: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (done.has(value)) return done.get(value);
  if (value instanceof Uint8Array) {
    const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    done.set(value, buffer);
    return buffer;
  }
  done.set(value, value);
  const object = value as Record<string, unknown>;
  for (const [key, each] of Object.entries(object)) object[key] = restore(each, done);
  return object;
}
