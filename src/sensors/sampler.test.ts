import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock/system-clock.ts';
import { type SensorInfo, sensorInfo } from '../readings/sensor-info.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { Sampler } from './sampler.ts';
import type { Probe, ReadingSink } from './source.ts';

const never = new AbortController().signal;

interface TestProbe extends Probe {
  closed: number;
}

function probeOf(sample: (elapsedUs: number) => number | undefined, name = 'x'): TestProbe {
  return {
    sensors: [sensorInfo({ name })],
    closed: 0,
    sample: elapsedUs => [sample(elapsedUs)],
    close() {
      this.closed++;
    },
  };
}

class Sink implements ReadingSink {
  readonly readings: [timeUs: number, raw: unknown][] = [];
  readonly sensors = new Set<SensorInfo>();

  push(sensor: SensorInfo, timeUs: number, raw: unknown): boolean {
    this.sensors.add(sensor);
    this.readings.push([timeUs, raw]);
    return true;
  }

  async ready(): Promise<void> {}
}

/** Counts and keeps the last, nothing else. */
class LastSink implements ReadingSink {
  count = 0;
  lastUs = 0;

  push(_: SensorInfo, timeUs: number): boolean {
    this.count++;
    this.lastUs = timeUs;
    return true;
  }

  async ready(): Promise<void> {}
}

describe('Sampler on a grid', () => {
  it('samples at start + k/rate from the next whole 10 ms on, and stamps with the wall clock', async () => {
    const clock = new ManualClock(1_000_000);
    const sink = new Sink();
    const probe = probeOf(elapsedUs => elapsedUs);
    clock.advance(5);
    const sampler = new Sampler(probe, { spec: 'x', clock, rateHz: 3, count: 4 });
    const done = sampler.run(sink, never);
    clock.advanceTo(10_000 + 1_000_000);
    await done;
    const grid = [0, 333_333, 666_667, 1_000_000];
    expect(sink.readings).toEqual(grid.map(us => [1_010_000 + us, us]));
    expect([...sink.sensors]).toEqual([{ ...probe.sensors[0], rateHz: 3 }]);
    expect([...sink.sensors]).toEqual(sampler.sensors);
    expect(probe.closed).toBe(1);
    expect(clock.nextTimerUs()).toBeUndefined();
  });

  it('counts the ticks that passed while it was late, and goes on with the grid without a burst', async () => {
    const clock = new ManualClock();
    const sink = new Sink();
    // The third sample takes 35 ms.
    const probe = probeOf(elapsedUs => {
      if (elapsedUs === 20_000) clock.advance(35_000);
      return elapsedUs;
    });
    const sampler = new Sampler(probe, { spec: 'x', clock, rateHz: 100, count: 6 });
    const done = sampler.run(sink, never);
    for (let i = 0; i < 20; i++) clock.advance(5_000);
    await done;
    // 30 and 40 ms passed; at 55 ms the tick of 50 ms is taken, and the grid goes on at 60.
    expect(sink.readings.map(([, raw]) => raw)).toEqual([0, 10_000, 20_000, 50_000, 60_000, 70_000]);
    const report = sampler.report();
    expect(report).toMatchObject({ samples: 6, missed: 2, failed: 0 });
    expect(report.lateUs.max).toBe(25_000);
    expect(report.lateUs.p50).toBe(0);
  });

  it('does not call a sample late by less than a period missed', async () => {
    const clock = new ManualClock();
    const late: ManualClock['setTimer'] = (atUs, callback) => clock.setTimer(atUs + 9_999, callback);
    const lateClock = {
      wallUs: () => clock.wallUs(),
      monotonicUs: () => clock.monotonicUs(),
      setTimer: late,
    };
    const sampler = new Sampler(
      probeOf(() => 1),
      { spec: 'x', clock: lateClock, rateHz: 100, count: 100 },
    );
    const done = sampler.run(new Sink(), never);
    clock.advance(2_000_000);
    await done;
    const report = sampler.report();
    expect(report).toMatchObject({ samples: 100, missed: 0 });
    expect([report.lateUs.p50, report.lateUs.max]).toEqual([9_999, 9_999]);
  });

  it('does not count a failed reading as one of those asked for', async () => {
    const clock = new ManualClock();
    const sink = new Sink();
    let sample = 0;
    const sampler = new Sampler(
      probeOf(() => (sample++ % 3 === 1 ? undefined : sample)),
      { spec: 'x', clock, rateHz: 100, count: 4 },
    );
    const done = sampler.run(sink, never);
    clock.advance(1_000_000);
    await done;
    expect(sink.readings).toHaveLength(4);
    expect(sampler.report()).toMatchObject({ samples: 6, failed: 2, missed: 0 });
  });

  it('stops at once when aborted, before and during', async () => {
    const clock = new ManualClock();
    const probe = probeOf(() => 1);
    const abort = new AbortController();
    const sampler = new Sampler(probe, { spec: 'x', clock, rateHz: 100 });
    const done = sampler.run(new Sink(), abort.signal);
    clock.advance(50_000);
    abort.abort();
    await done;
    expect(sampler.report().samples).toBe(6);
    expect(clock.nextTimerUs()).toBeUndefined();
    expect(probe.closed).toBe(1);
    const again = new Sampler(
      probeOf(() => 1),
      { spec: 'x', clock, rateHz: 'max' },
    );
    await again.run(new Sink(), abort.signal);
    expect(again.report().samples).toBe(0);
  });

  it('sets no timer when the sink aborts it in the middle of a sample', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sink: ReadingSink = {
      push: () => {
        abort.abort();
        return true;
      },
      ready: async () => undefined,
    };
    const done = new Sampler(
      probeOf(() => 1),
      { spec: 'x', clock, rateHz: 100 },
    ).run(sink, abort.signal);
    clock.advance(50_000);
    await done;
    expect(clock.nextTimerUs()).toBeUndefined();
  });

  it('rejects with what the probe throws, and closes it', async () => {
    const clock = new ManualClock();
    const probe = probeOf(() => {
      throw new Error('unplugged');
    });
    const done = new Sampler(probe, { spec: 'x', clock, rateHz: 100 }).run(new Sink(), never);
    clock.advance(0);
    await expect(done).rejects.toThrow('unplugged');
    expect(probe.closed).toBe(1);
  });

  it('asks for nothing where the count is 0, and refuses what is no rate or count', async () => {
    const clock = new ManualClock();
    const sampler = new Sampler(
      probeOf(() => 1),
      { spec: 'x', clock, rateHz: 1, count: 0 },
    );
    await sampler.run(new Sink(), never);
    expect(sampler.report().samples).toBe(0);
    for (const rateHz of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2e6]) {
      expect(
        () =>
          new Sampler(
            probeOf(() => 1),
            { spec: 'x', clock, rateHz },
          ),
      ).toThrow(expect.objectContaining({ code: 'SW_BAD_RATE' }));
    }
    expect(
      () =>
        new Sampler(
          probeOf(() => 1),
          { spec: 'x', clock, rateHz: 1, count: 1.5 },
        ),
    ).toThrow(expect.objectContaining({ code: 'SW_USAGE' }));
  });

  it.each([
    [100, 8_640_000],
    [3, 259_200],
  ])('has no drift after 24 hours at %i Hz, and keeps nothing', async (rateHz, ticks) => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const clock = new ManualClock(7);
    const sink = new LastSink();
    let lastElapsedUs = -1;
    const probe = probeOf(elapsedUs => {
      lastElapsedUs = elapsedUs;
      return 1;
    });
    const sampler = new Sampler(probe, { spec: 'x', clock, rateHz });
    const abort = new AbortController();
    const done = sampler.run(sink, abort.signal);
    collectGarbage();
    const heapBefore = process.memoryUsage().heapUsed;
    clock.advanceTo(86_400_000_000 - 1);
    collectGarbage();
    const grown = process.memoryUsage().heapUsed - heapBefore;
    abort.abort();
    await done;
    const lastDueUs = Math.round(((ticks - 1) * 1e6) / rateHz);
    expect([sink.count, sink.lastUs, lastElapsedUs]).toEqual([ticks, 7 + lastDueUs, lastDueUs]);
    expect(sampler.report()).toMatchObject({ samples: ticks, missed: 0, lateUs: { p50: 0, p99: 0, max: 0 } });
    expect(grown).toBeLessThan(2_000_000);
  });
});

describe('Sampler at rate max', () => {
  it('gives as many as were asked for, as fast as the sink takes them', async () => {
    const sink = new Sink();
    const sampler = new Sampler(
      probeOf(() => 1),
      { spec: 'x', clock: systemClock, rateHz: 'max', count: 10_000 },
    );
    await sampler.run(sink, never);
    expect(sink.readings).toHaveLength(10_000);
    expect(sampler.sensors[0]?.rateHz).toBe(0);
    expect(sampler.report()).toMatchObject({ samples: 10_000, missed: 0 });
  });

  it('waits while the sink is full', async () => {
    let [pushed, waits] = [0, 0];
    const sink: ReadingSink = {
      push: () => ++pushed % 10 !== 0,
      ready: async () => {
        waits++;
      },
    };
    await new Sampler(
      probeOf(() => 1),
      { spec: 'x', clock: systemClock, rateHz: 'max', count: 1_000 },
    ).run(sink, never);
    expect([pushed, waits]).toEqual([1_000, 100]);
  });

  it('stops waiting for a full sink when aborted', async () => {
    const abort = new AbortController();
    const sink: ReadingSink = {
      push: () => false,
      ready: () => {
        queueMicrotask(() => abort.abort());
        return new Promise(() => undefined);
      },
    };
    const sampler = new Sampler(
      probeOf(() => 1),
      { spec: 'x', clock: systemClock, rateHz: 'max' },
    );
    await sampler.run(sink, abort.signal);
    expect(sampler.report().samples).toBe(1);
  });
});
