/**
 * Reading JSON that another process has written.
 */

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The number at a path such as `ack_ms.p50`. */
export function numberAt(value: unknown, path: string): number {
  let found = value;
  for (const key of path.split('.')) found = isRecord(found) ? found[key] : undefined;
  if (typeof found !== 'number') throw new Error(`expected a number at ${path} of ${JSON.stringify(value)}`);
  return found;
}
