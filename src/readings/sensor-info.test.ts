import { describe, expect, it } from 'vitest';
import { rawProblem, sliceBatch, toValue } from './batch.ts';
import { LARGEST_WHOLE, READING_TYPES, sensorInfo, sensorProblem } from './sensor-info.ts';

describe('sensorProblem', () => {
  it('finds nothing wrong with a description of each type', () => {
    for (const type of READING_TYPES) expect(sensorProblem(sensorInfo({ name: 'x', type }))).toBeUndefined();
    const tmp36 = sensorInfo({
      name: 'tmp36',
      unit: '°C',
      type: 'int',
      scale: 0.1,
      offset: -50,
      rateHz: 100,
    });
    expect(sensorProblem(tmp36)).toBeUndefined();
  });

  it.each([
    ['no name', { name: '' }, 'name'],
    ['a name above 128 bytes', { name: 'ä'.repeat(65) }, 'name'],
    ['a line break in the name', { name: 'a\nb' }, 'control'],
    ['a unit above 32 bytes', { name: 'x', unit: '°'.repeat(17) }, 'unit'],
    ['a control character in the unit', { name: 'x', unit: '\u{9f}' }, 'control'],
    ['a scale of 0', { name: 'x', scale: 0 }, 'scale'],
    ['a scale that is no number', { name: 'x', scale: Number.NaN }, 'scale'],
    ['an infinite offset', { name: 'x', offset: Number.POSITIVE_INFINITY }, 'offset'],
    ['a rate below 0', { name: 'x', rateHz: -1 }, 'rate'],
    ['a scaled text', { name: 'x', type: 'text', scale: 2 }, 'scale 1'],
    ['a shifted bool', { name: 'x', type: 'bool', offset: 1 }, 'offset 0'],
  ] as const)('refuses %s', (_what, given, said) => {
    expect(sensorProblem(sensorInfo(given))).toContain(said);
  });
});

describe('rawProblem', () => {
  it.each([
    ['bool', 1, 2],
    ['int', -LARGEST_WHOLE, -LARGEST_WHOLE - 1],
    ['int', LARGEST_WHOLE, 0.5],
    ['uint', LARGEST_WHOLE, -1],
    ['uint', 0, Number.NaN],
    ['float32', Number.NaN, 'x'],
    ['float64', Number.NEGATIVE_INFINITY, undefined],
    ['text', '', 1],
    ['bytes', new Uint8Array(), [1]],
  ] as const)('of %s takes %s and refuses %s', (type, good, bad) => {
    expect(rawProblem(type, good)).toBeUndefined();
    expect(rawProblem(type, bad)).toMatch(/ reading is /);
  });
});

describe('toValue', () => {
  it('scales numbers, makes booleans of 0 and 1, and leaves the rest', () => {
    expect(toValue(sensorInfo({ name: 'x', type: 'int', scale: 0.5, offset: -50 }), 200)).toBe(50);
    expect([0, 1].map(raw => toValue(sensorInfo({ name: 'x', type: 'bool' }), raw))).toEqual([false, true]);
    expect(toValue(sensorInfo({ name: 'x', type: 'text' }), 'on')).toBe('on');
  });
});

describe('sliceBatch', () => {
  it('takes a part of both columns, numbers as views', () => {
    const batch = { times: Float64Array.of(1, 2, 3), values: Float64Array.of(4, 5, 6) };
    const part = sliceBatch(batch, 1, 2);
    expect(part).toEqual({ times: Float64Array.of(2), values: Float64Array.of(5) });
    expect(part.times.buffer).toBe(batch.times.buffer);
    expect(sliceBatch({ times: Float64Array.of(1, 2), values: ['a', 'b'] }, 1).values).toEqual(['b']);
  });
});
