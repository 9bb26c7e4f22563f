import { describe, expect, it } from 'vitest';
import { Histogram } from '../statistics/histogram.ts';
import { ms, number, percentilesMs, plain } from './terminal.ts';

describe('text for people', () => {
  it('takes out what could rewrite the screen', () => {
    expect(plain('a\x1b[2J\nb\u009bc')).toBe('a [2J b c');
    expect(plain('grün 25 °C')).toBe('grün 25 °C');
  });

  it('writes numbers with as many digits as they need', () => {
    expect([0, 1.234, 12.345, 1_234_567.8].map(number)).toEqual(['0', '1.23', '12.3', '1,234,568']);
    expect([1.4, 12_345.6].map(ms)).toEqual([0.0014, 12.35]);
  });

  it('gives percentiles only of what was measured', () => {
    const histogram = new Histogram();
    expect(percentilesMs(histogram)).toBeNull();
    histogram.record(1_500);
    expect(percentilesMs(histogram)).toMatchObject({ max: 1.5 });
  });
});
