/**
 * Values as Lua writes them: what the tables become in the script.
 */
import type { Expert, Field, Protocol, ValueNames } from './fields.ts';

type LuaValue = string | number | boolean | readonly LuaValue[] | { readonly [key: string]: LuaValue };

/** A value as a Lua expression on one line. Keys are names. */
export function lua(value: LuaValue): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `{ ${value.map(lua).join(', ')} }`;
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name} = ${lua(each)}`)
    .join(', ')} }`;
}

function isList(value: object): value is readonly LuaValue[] {
  return Array.isArray(value);
}

/** Texts have no other characters that Lua would read otherwise. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** Declares a protocol, its fields and its expert infos: a table of each, by name. */
export function declaration(protocol: Protocol, fields: string, experts: string): string {
  const { name, title } = protocol;
  return [
    `local ${name} = Proto(${quoted(name)}, ${quoted(title)})`,
    `local ${fields} = {}`,
    ...protocol.fields.map(field => `${fields}[${quoted(field.name)}] = ${fieldCall(name, field)}`),
    `${name}.fields = ${fields}`,
    `local ${experts} = {}`,
    ...protocol.experts.map(each => `${experts}[${quoted(each.name)}] = ${expertCall(name, each)}`),
    `${name}.experts = ${experts}`,
  ].join('\n');
}

function fieldCall(protocol: string, { name, label, type, hex, mask, values, unit, about }: Field): string {
  const isRanges = values !== undefined && Object.keys(values).some(key => key.includes('-'));
  const names = values === undefined ? undefined : isRanges ? rangeNames(values) : valueNames(values);
  const bases: string[] = [];
  if (type === 'absolute_time') bases.push('base.UTC');
  else if (type === 'bool' && mask !== undefined) bases.push('8');
  else if (/^u?int/.test(type)) bases.push(hex === true ? 'base.HEX' : 'base.DEC');
  else bases.push('base.NONE');
  if (unit !== undefined) bases.push('base.UNIT_STRING');
  if (isRanges) bases.push('base.RANGE_STRING');
  return `ProtoField.new(${[
    quoted(label),
    quoted(`${protocol}.${name}`),
    `ftypes.${type === 'bool' ? 'BOOLEAN' : type.toUpperCase()}`,
    names ?? (unit === undefined ? 'nil' : unitNames(unit)),
    bases.join(' + '),
    mask === undefined ? 'nil' : String(mask),
    quoted(about),
  ].join(', ')})`;
}

/** A unit after a space: of one, and of more where that differs. */
function unitNames(unit: string): string {
  return lua([...new Set([unit.replace(/^(byte|bit)s$/, '$1'), unit])].map(each => ` ${each}`));
}

function expertCall(protocol: string, { name, label, group, severity }: Expert): string {
  return `ProtoExpert.new(${quoted(`${protocol}.${name}`)}, ${quoted(label)}, expert.group.${group}, expert.severity.${severity})`;
}

/** Names by number. */
export function valueNames(values: ValueNames): string {
  return `{ ${Object.entries(values)
    .map(([value, name]) => `[${value}] = ${quoted(name)}`)
    .join(', ')} }`;
}

/** First number, last number, name: as Wireshark takes ranges. */
function rangeNames(values: ValueNames): string {
  const rows = Object.entries(values).map(([range, name]) => {
    const [first = '', last = first] = range.split('-');
    return lua([Number(first), Number(last), name]);
  });
  return `{ ${rows.join(', ')} }`;
}
