import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RawValue, rawProblem, toValue } from '../readings/batch.ts';
import { sensorProblem } from '../readings/sensor-info.ts';
import { randomProbe, sineProbe, squareProbe, walkProbe } from './generated.ts';
import type { Probe } from './source.ts';

/** Raw values at 100 Hz. */
function rawsOf(probe: Probe, samples: number, everyUs = 10_000): RawValue[] {
  return Array.from({ length: samples }, (_, i) => probe.sample(i * everyUs)[0]!);
}

/** Values at 100 Hz. */
function valuesOf(probe: Probe, samples: number, everyUs = 10_000): number[] {
  return rawsOf(probe, samples, everyUs).map(raw => Number(toValue(probe.sensors[0]!, raw)));
}

describe('random', () => {
  it('is like a TMP36 by default: small whole numbers of tenths of a degree from 15 to 35 °C', () => {
    const probe = randomProbe('random', '');
    expect(probe.sensors).toEqual([
      { name: 'random', unit: '°C', type: 'int', scale: 0.1, offset: 15, rateHz: 0 },
    ]);
    const raws = rawsOf(probe, 5_000).map(Number);
    expect(raws.every(raw => Number.isInteger(raw) && raw >= 0 && raw <= 200)).toBe(true);
    expect([Math.min(...raws), Math.max(...raws)]).toEqual([0, 200]);
  });

  it('gives the same for the same seed, and something else for another', () => {
    const first = rawsOf(randomProbe('random', 'seed=7'), 50);
    expect(rawsOf(randomProbe('random', 'seed=7'), 50)).toEqual(first);
    expect(rawsOf(randomProbe('random', 'seed=8'), 50)).not.toEqual(first);
    expect(rawsOf(randomProbe('random', ''), 50)).toEqual(rawsOf(randomProbe('random', 'seed=1'), 50));
  });

  it.each(['int', 'uint', 'float32', 'float64', 'bool', 'text', 'bytes'] as const)(
    'gives valid %s readings',
    type => {
      const probe = randomProbe('random', `type=${type},length=5`);
      const [sensor] = probe.sensors;
      expect(sensor?.type).toBe(type);
      expect(sensorProblem(sensor!)).toBeUndefined();
      const raws = rawsOf(probe, 100);
      expect(raws.map(raw => rawProblem(type, raw)).filter(Boolean)).toEqual([]);
      expect(new Set(raws.map(String)).size).toBeGreaterThan(1);
      if (type === 'float32') expect(raws.every(raw => Math.fround(Number(raw)) === raw)).toBe(true);
    },
  );

  it('stays within any bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom(1, 0.1, 0.25, 0.01),
        (min, width, resolution) => {
          const probe = randomProbe('random', `min=${min},max=${min + width},resolution=${resolution}`);
          for (const value of valuesOf(probe, 50)) {
            expect(value).toBeGreaterThanOrEqual(min);
            expect(value).toBeLessThanOrEqual(min + width + 1e-9);
          }
        },
      ),
    );
  });

  it.each(['min=2,max=1', 'resolution=0', 'seed=-1', 'seed=1.5', 'resolution=1e-300', 'type=double'])(
    'refuses %s',
    text => {
      expect(() => randomProbe(`random:${text}`, text)).toThrow(
        expect.objectContaining({ code: 'SW_BAD_SENSOR' }),
      );
    },
  );
});

describe('waves', () => {
  it('sine goes through its mean, top, mean and bottom', () => {
    const probe = sineProbe('sine', 'period=10s,amplitude=5,mean=20,unit=K,name=room');
    expect(probe.sensors).toEqual([
      { name: 'room', unit: 'K', type: 'int', scale: 0.01, offset: 20, rateHz: 0 },
    ]);
    expect(rawsOf(probe, 5, 2_500_000)).toEqual([0, 500, 0, -500, 0]);
    expect(valuesOf(probe, 5, 2_500_000)).toEqual([20, 25, 20, 15, 20]);
  });

  it('depends only on the time since the start, exactly even after a year', () => {
    const probe = sineProbe('sine', 'period=3s');
    const yearUs = 365 * 86_400_000_000;
    for (const us of [0, 10_000, 1_234_567]) expect(probe.sample(yearUs + us)).toEqual(probe.sample(us));
  });

  it('takes a phase in turns, before or after', () => {
    expect(rawsOf(sineProbe('sine', 'phase=0.25'), 1)).toEqual([500]);
    expect(rawsOf(sineProbe('sine', 'phase=-0.25'), 1)).toEqual([-500]);
  });

  it('square is high for its duty and low for the rest', () => {
    const probe = squareProbe('square', 'period=10s,amplitude=1,mean=1,duty=0.2,resolution=1');
    expect(valuesOf(probe, 10, 1_000_000)).toEqual([2, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('square can be a switch', () => {
    const probe = squareProbe('square', 'type=bool,period=4s');
    expect(probe.sensors[0]).toMatchObject({ type: 'bool', unit: '', scale: 1, offset: 0 });
    expect(rawsOf(probe, 4, 1_000_000)).toEqual([1, 1, 0, 0]);
  });

  it('walk moves at most a step at a time within its bounds, the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), seed => {
        const text = `seed=${seed},min=0,max=2,step=0.5,type=float64`;
        const values = valuesOf(walkProbe('walk', text), 200);
        expect(values[0]).toBe(1);
        for (const [i, value] of values.entries()) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(2);
          if (i > 0) expect(Math.abs(value - values[i - 1]!)).toBeLessThanOrEqual(0.5);
        }
        expect(valuesOf(walkProbe('walk', text), 200)).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });

  it('walk starts with raw 0 and refuses a start outside its bounds', () => {
    expect(rawsOf(walkProbe('walk', ''), 1)).toEqual([0]);
    expect(() => walkProbe('walk:start=1', 'start=1')).toThrow(/start=1 should be a number from 15 up to 35/);
  });
});
