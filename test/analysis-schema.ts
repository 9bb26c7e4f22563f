/**
 * Holds a value against docs/analysis.schema.json. Knows the words of JSON Schema that the schema uses, and fails at any other.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
}

const KNOWN = new Set([
  '$ref',
  'type',
  'const',
  'enum',
  'anyOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'description',
]);

const root = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../docs/analysis.schema.json'), 'utf8'),
) as Schema;

/** What does not fit a line with that event, each with the place; nothing where it fits. */
export function problemsOf(event: string, fields: object): string[] {
  return check({ $ref: `#/$defs/${event}` }, JSON.parse(JSON.stringify({ event, ...fields })), event);
}

function check(schema: Schema, value: unknown, at: string): string[] {
  const unknown = Object.keys(schema).filter(word => !KNOWN.has(word));
  if (unknown.length > 0) throw new Error(`${at}: the schema says ${unknown}, which is not known here`);
  if (schema.$ref !== undefined) {
    const found = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    return found === undefined ? [`${at}: no ${schema.$ref}`] : check(found, value, at);
  }
  if (schema.anyOf !== undefined) {
    const tried = schema.anyOf.map(one => check(one, value, at));
    return tried.some(problems => problems.length === 0) ? [] : tried.flat();
  }
  if ('const' in schema && schema.const !== value) return [`${at}: ${value}, not ${schema.const}`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${value} is none of ${schema.enum}`];
  if (schema.type !== undefined && ![schema.type].flat().includes(typeOf(value))) {
    return [`${at}: ${typeOf(value)}, not ${schema.type}`];
  }
  if (Array.isArray(value)) return checkArray(schema, value, at);
  return typeof value === 'object' && value !== null
    ? checkObject(schema, value as Record<string, unknown>, at)
    : [];
}

function checkArray(schema: Schema, values: readonly unknown[], at: string): string[] {
  const { items, prefixItems = [], minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (values.length < minItems || values.length > maxItems) return [`${at}: ${values.length} items`];
  return values.flatMap((value, index) => {
    const one = prefixItems[index] ?? items;
    return one === undefined ? [] : check(one, value, `${at}[${index}]`);
  });
}

function checkObject(schema: Schema, value: Readonly<Record<string, unknown>>, at: string): string[] {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const missing = required.filter(name => !Object.hasOwn(value, name)).map(name => `${at}: no ${name}`);
  const found = Object.entries(value).flatMap(([name, inner]) => {
    const one = properties[name] ?? additionalProperties;
    if (one === true) return [];
    return one === false ? [`${at}: ${name} is not in the schema`] : check(one, inner, `${at}.${name}`);
  });
  return [...missing, ...found];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
