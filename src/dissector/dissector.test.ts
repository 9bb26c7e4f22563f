/**
 * The dissector's tables against our layouts and against docs/DISSECTOR.md. What the script does in tshark is tested in
 * `test/interop/dissector.test.ts`.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { SENSOR_LIMITS } from '../readings/sensor-info.ts';
import { readParameters } from '../rudp/parameters.ts';
import { writeDatagramHeader } from '../telemetry/framing.ts';
import type { FieldType, Protocol } from './fields.ts';
import { PARAMETERS, RELIABLE_UDP } from './rudp-fields.ts';
import { dissectorScript } from './script.ts';
import { BODIES, type Kind } from './telemetry-bodies.ts';
import { TELEMETRY } from './telemetry-fields.ts';

const SCRIPT = dissectorScript('1.2.3');
/** The value that the script gives a constant. */
const constant = (name: string): string | undefined =>
  new RegExp(`^local ${name} = (.*)$`, 'm').exec(SCRIPT)?.[1];

describe.each([TELEMETRY, RELIABLE_UDP])('the fields of $name', protocol => {
  it('have names of their own, and one sentence each', () => {
    const names = [...protocol.fields, ...protocol.experts].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const { name, about } of [...protocol.fields, ...protocol.experts]) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/);
      expect(about, name).toMatch(/^[A-Z0-9].*[.…]$/);
    }
  });

  it('are used by the script, all of them', () => {
    const table = protocol === TELEMETRY ? 'TF' : 'RF';
    const uses = SCRIPT.split('\n').filter(line => !line.startsWith(`${table}[`));
    const unused = protocol.fields.filter(
      ({ name, mask }) =>
        mask === undefined &&
        !uses.some(line => line.includes(`"${name}"`) || line.includes(`"${name.replace(/^option/, '')}"`)),
    );
    expect(unused.map(({ name }) => name)).toEqual([]);
  });

  it('are those of docs/DISSECTOR.md', () => {
    const document = readFileSync(new URL('../../docs/DISSECTOR.md', import.meta.url), 'utf8');
    const lists = document.slice(document.indexOf('## Fields of telemetry'));
    const rows = lists.split('\n').filter(line => line.startsWith(`| \`${protocol.name}.`));
    expect(rows.join('\n')).toBe(rowsOf(protocol).join('\n'));
  });
});

/** The rows that the document must have: fields, then expert infos. */
function rowsOf({ name, fields, experts }: Protocol): string[] {
  return [
    ...fields.map(
      field =>
        `| \`${name}.${field.name}\` | ${field.type}${field.generated ? ', worked out' : ''} | ${field.about} |`,
    ),
    ...experts.map(each => `| \`${name}.${each.name}\` | ${each.severity.toLowerCase()} | ${each.about} |`),
  ];
}

describe('the bodies of messages', () => {
  const TYPES: Partial<Record<Kind, FieldType>> = {
    u8: 'uint8',
    u24: 'uint24',
    f64: 'double',
    varint: 'uint64',
    svarint: 'int64',
    text: 'string',
    time: 'absolute_time',
    magic: 'string',
    session: 'bytes',
  };

  it('name fields that can hold what is there', () => {
    for (const { parts } of BODIES) {
      for (const { field, kind } of parts.filter(part => part.kind !== 'options'))
        expect(TELEMETRY.fields.find(({ name }) => name === field)?.type, field).toBe(TYPES[kind]);
    }
  });
});

describe('what the script knows by itself', () => {
  it('is what our own code has', () => {
    const header = new ByteWriter();
    writeDatagramHeader(header, 1);
    expect(constant('DATAGRAM_MARK')).toBe(String(header.written()[0]));
    expect(constant('MOST_NAME_BYTES')).toBe(String(SENSOR_LIMITS.nameBytes));
    expect(constant('MOST_UNIT_BYTES')).toBe(String(SENSOR_LIMITS.unitBytes));
  });

  it('has the parameters of INIT with their ranges', () => {
    const reads = (id: number, value: number): boolean => {
      const entry = new ByteWriter();
      entry.varint(value);
      const writer = new ByteWriter();
      for (const byte of [2 + entry.length, id, entry.length]) writer.u8(byte);
      writer.bytes(entry.written());
      try {
        readParameters(new ByteReader(writer.toBytes()));
        return true;
      } catch {
        return false;
      }
    };
    for (const { id, least, most } of PARAMETERS) {
      expect([reads(id, least), reads(id, most)]).toEqual([true, true]);
      if (least > 0) expect(reads(id, least - 1)).toBe(false);
      if (most < Number.MAX_SAFE_INTEGER) expect(reads(id, most + 1)).toBe(false);
    }
  });

  it('has room for more: Lua allows 200 local names', () => {
    expect(SCRIPT.match(/^local /gm)?.length).toBeLessThan(190);
  });

  it('says who made it', () => {
    expect(SCRIPT).toMatch(/^-- Wireshark dissector of sensewire 1\.2\.3:/);
    expect(SCRIPT).toContain('version = "1.2.3"');
  });
});
