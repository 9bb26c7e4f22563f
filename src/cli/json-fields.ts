/**
 * Names of fields as JSON lines have them. Pure.
 */

/** `bytesIn` becomes `bytes_in`. */
export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

/** The same fields, their names in snake case: `bytesIn` becomes `bytes_in`. Only its own: what is in them stays. */
export function snakeCased(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [snakeCase(name), value]));
}
