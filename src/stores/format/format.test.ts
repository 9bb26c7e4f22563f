import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../readings/batch.ts';
import { type SensorInfo, sensorInfo } from '../../readings/sensor-info.ts';
import { CSV_FORMAT } from './csv.ts';
import { parseCsvLine } from './csv-parse.ts';
import type { ReadingFormat } from './format.ts';
import { JSONL_FORMAT } from './jsonl.ts';
import { parseJsonLine } from './jsonl-parse.ts';
import { LINE_FORMAT } from './line.ts';
import { TEXT_FORMAT } from './text.ts';
import { parseTime, TimeText } from './time.ts';
import { shortestFloat32, valueReader } from './value.ts';

/** 2025-11-21T01:23:58.123456Z */
const TIME_US = 1_763_688_238_123_456;

function line(format: ReadingFormat, value: Value, sensor: Partial<SensorInfo> = {}, source = 'pi'): string {
  const info = sensorInfo({ name: 'tmp36', unit: '°C', ...sensor });
  return format.lineWriter(source, info)(TIME_US, value);
}

test('text is the value and nothing else', () => {
  expect(line(TEXT_FORMAT, 21.3)).toBe('21.3\n');
  expect(line(TEXT_FORMAT, true)).toBe('1\n');
  expect(line(TEXT_FORMAT, false)).toBe('0\n');
  expect(line(TEXT_FORMAT, 'a\r\nb "c"')).toBe('a\\r\\nb "c"\n');
  expect(line(TEXT_FORMAT, Uint8Array.of(0, 255))).toBe('00ff\n');
});

test('csv quotes what RFC 4180 wants quoted, and text', () => {
  expect(line(CSV_FORMAT, 21.5)).toBe('pi,tmp36,°C,2025-11-21T01:23:58.123456Z,21.5\n');
  expect(line(CSV_FORMAT, 'say "hi"\n', { name: 'a,b' }, 'x"y')).toBe(
    '"x""y","a,b",°C,2025-11-21T01:23:58.123456Z,"say ""hi""\n"\n',
  );
  expect(line(CSV_FORMAT, true, { unit: '' })).toBe('pi,tmp36,,2025-11-21T01:23:58.123456Z,true\n');
});

test('jsonl is one object a line', () => {
  expect(line(JSONL_FORMAT, 21.5)).toBe(
    '{"source":"pi","sensor":"tmp36","unit":"°C","time":"2025-11-21T01:23:58.123456Z","value":21.5}\n',
  );
  expect(JSON.parse(line(JSONL_FORMAT, -Infinity)).value).toBe(-Infinity);
  expect(JSON.parse(line(JSONL_FORMAT, Number.NaN)).value).toBe(null);
});

test('line is InfluxDB line protocol', () => {
  expect(line(LINE_FORMAT, 21.5)).toBe('tmp36,source=pi,unit=°C value=21.5 1763688238123456000\n');
  expect(line(LINE_FORMAT, 5, { type: 'int', unit: '' })).toBe(
    'tmp36,source=pi value=5i 1763688238123456000\n',
  );
  expect(line(LINE_FORMAT, 5, { type: 'int', unit: '', scale: 0.5 })).toContain('value=5 ');
  expect(line(LINE_FORMAT, true, { unit: '' })).toContain('value=true ');
  expect(line(LINE_FORMAT, 'a "b" \\', { unit: '' })).toContain('value="a \\"b\\" \\\\" ');
  expect(line(LINE_FORMAT, Uint8Array.of(171), { unit: '' })).toContain('value="ab" ');
});

test('line escapes names and leaves out what the format cannot hold', () => {
  expect(line(LINE_FORMAT, 1, { name: 'a b,c=d', unit: 'm/s, max=1' }, 'x y')).toMatch(
    /^a\\ b\\,c=d,source=x\\ y,unit=m\/s\\,\\ max\\=1 value=1 /,
  );
  expect(line(LINE_FORMAT, 1, { name: '#a\\', unit: '' }, 'b\\')).toMatch(/^\\#a\\\\,source=b\\\\ value/);
  expect(line(LINE_FORMAT, Number.NaN)).toBe('');
  expect(line(LINE_FORMAT, Infinity)).toBe('');
});

test('times are ISO 8601 with microseconds, and read back', () => {
  const text = new TimeText();
  expect(text.of(0)).toBe('1970-01-01T00:00:00.000000Z');
  expect(text.of(-1)).toBe('1969-12-31T23:59:59.999999Z');
  expect(text.of(TIME_US)).toBe('2025-11-21T01:23:58.123456Z');
  fc.assert(fc.property(fc.maxSafeInteger(), timeUs => parseTime(text.of(timeUs)) === timeUs));
  expect(parseTime('2025-11-21T01:23:58Z')).toBe(1_763_688_238_000_000);
  expect(parseTime('2025-11-21 01:23')).toBeUndefined();
});

test('whole numbers with a decimal scale come out without noise', () => {
  const tenths = valueReader(sensorInfo({ name: 't', type: 'int', scale: 0.1, offset: -50 }));
  expect([213, 503, 3, 500].map(tenths)).toEqual([-28.7, 0.3, -49.7, 0]);
  const adc = valueReader(sensorInfo({ name: 't', type: 'uint', scale: 0.322265625, offset: -50 }));
  expect(adc(225)).toBe(22.509765625);
  const third = valueReader(sensorInfo({ name: 't', type: 'int', scale: 1 / 3 }));
  expect(third(1)).toBe(0.333333333333333);
  const nano = valueReader(sensorInfo({ name: 'i', type: 'int', scale: 1e-9 }));
  expect(nano(32)).toBe(3.2e-8);
  const large = valueReader(sensorInfo({ name: 'x', type: 'int', scale: 0.001 }));
  expect(large(4_503_599_627_370_495)).toBe(4_503_599_627_370.495);
});

test('every decimal of a scaled whole number is the nearest double to the exact value', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 6 }), (raw, decimals) => {
      const read = valueReader(sensorInfo({ name: 't', type: 'int', scale: Number(`1e-${decimals}`) }));
      expect(read(raw)).toBe(Number(`${raw}e-${decimals}`));
    }),
  );
});

test('a float32 is the shortest decimal that is it', () => {
  expect(shortestFloat32(Math.fround(0.1))).toBe(0.1);
  expect(shortestFloat32(Math.fround(21.37))).toBe(21.37);
  fc.assert(
    fc.property(fc.float(), value => Object.is(Math.fround(shortestFloat32(value)), value) || value === 0),
  );
});

test('lines that are no readings are none', () => {
  for (const text of ['', 'source,sensor,unit,time,value', 'a,b,c,d,1', 'pi,t,,2025-11-21T01:23:58Z,', '"']) {
    expect(parseCsvLine(text)).toBeUndefined();
  }
  for (const text of [
    '',
    '1',
    'null',
    '{}',
    '{"source":1}',
    '{"source":"a","sensor":"b","unit":"","time":"x"}',
  ]) {
    expect(parseJsonLine(text)).toBeUndefined();
  }
});

test('no line makes the readers fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      parseCsvLine(text);
      parseJsonLine(text);
    }),
  );
});

test('csv as a spreadsheet saves it is read', () => {
  expect(parseCsvLine('"pi","t","°C",2025-11-21T01:23:58Z,21.50\r')).toMatchObject({
    source: 'pi',
    sensor: 't',
    value: 21.5,
  });
});
