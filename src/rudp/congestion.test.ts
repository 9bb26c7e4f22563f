import { describe, expect, it } from 'vitest';
import { CongestedPath, type PathSettings } from '../testing/congested-path.ts';
import type { Mode } from './congestion.ts';

/** A path with bulk on it, after so many seconds. */
function bulk(seconds: number, settings: Partial<PathSettings> = {}): CongestedPath {
  const path = new CongestedPath(settings);
  path.supply = Number.POSITIVE_INFINITY;
  path.run(seconds * 1e6);
  return path;
}

/** Milliseconds until so many bytes are delivered. */
function send(path: CongestedPath, bytes: number): number {
  const [until, startUs] = [path.delivered + bytes, path.nowUs];
  path.supply += bytes;
  while (path.delivered < until) path.run(1_000);
  return (path.nowUs - startUs) / 1_000;
}

/** A sensor: 100 bytes each 10 ms. */
function thin(path: CongestedPath, seconds: number): void {
  for (let message = 0; message < seconds * 100; message++) {
    path.supply += 100;
    path.run(10_000);
  }
}

describe('the start', () => {
  it('doubles what is delivered in each round trip', () => {
    const path = bulk(0);
    path.run(60_000);
    const rounds = Array.from({ length: 4 }, () => path.measure(40_000));
    for (let round = 1; round < 4; round++) {
      const growth = (rounds[round] as number) / (rounds[round - 1] as number);
      expect(growth).toBeGreaterThan(1.6);
      expect(growth).toBeLessThan(2.3);
    }
  });

  it('ends within a few round trips of a full path, with a queue no longer than the path', () => {
    const path = bulk(0);
    const until = new Map<Mode, number>();
    path.run(1e6, () => until.set(path.congestion.mode, path.nowUs));
    expect(until.get('startup')).toBeLessThan(11 * 40_000);
    expect(until.get('drain')).toBeLessThan(13 * 40_000);
    expect(path.dropped).toBe(0);
    expect(path.congestion.bandwidth * 8).toBeCloseTo(100, 0);
  });

  it('ends soon where the queue is short, and goes on where packets are lost at random', () => {
    expect(bulk(1, { queuePackets: 40 }).measure(2e6)).toBeGreaterThan(90);
    const lossy = bulk(1, { loses: number => number % 20 === 7 });
    expect(lossy.measure(2e6)).toBeGreaterThan(90);
  });

  it('may begin with ten packets at once, and no more', () => {
    const path = new CongestedPath();
    path.supply = Number.POSITIVE_INFINITY;
    path.run(0);
    expect(path.inFlight).toBe(12_500);
    expect(path.congestion.burst).toBe(12_500);
  });
});

describe('a path that is measured', () => {
  it('is kept full, with a queue that is nearly empty', () => {
    const path = bulk(2);
    path.mostQueued = 0;
    expect(path.measure(8e6)).toBeGreaterThan(99);
    expect(path.mostQueued).toBeLessThan(path.pipePackets / 3);
    expect(path.dropped).toBe(0);
  });

  it('is probed: a quarter more, a quarter less, then as measured', () => {
    const path = bulk(2);
    const gains: number[] = [];
    path.run(0.6e6, () => {
      const gain = Math.round((100 * path.congestion.rate) / path.congestion.bandwidth) / 100;
      if (gain !== gains.at(-1)) gains.push(gain);
    });
    expect(gains.join(' ')).toContain('1.25 0.75 1');
    expect(new Set(gains)).toEqual(new Set([1, 1.25, 0.75]));
  });

  it.each([8, 32, 128])('is kept full where %i packets are acknowledged together', acknowledgeEvery => {
    expect(bulk(2, { acknowledgeEvery }).measure(5e6)).toBeGreaterThan(94);
  });

  it.each([0.01, 0.05, 0.1])('is used where it loses %d', share => {
    const every = Math.round(1 / share);
    const path = bulk(2, { loses: number => number % every === 3 });
    // It sends what is delivered, of which the path loses its share once more.
    expect(path.measure(5e6)).toBeGreaterThan(99 * (1 - share) ** 2);
  });

  it('may become slower', () => {
    const path = bulk(3);
    path.settings.rateBps = 10e6;
    path.run(5e6);
    const before = path.dropped;
    expect(path.measure(5e6)).toBeGreaterThan(9.5);
    expect(path.dropped - before).toBeLessThan(20);
  });

  it('may become faster', () => {
    const path = bulk(3, { rateBps: 10e6 });
    path.settings.rateBps = 100e6;
    path.run(5e6);
    expect(path.measure(1e6)).toBeGreaterThan(95);
  });

  it('may become longer: that is known after some ten seconds', () => {
    const path = bulk(3);
    path.settings.roundTripUs = 100_000;
    expect(path.measure(5e6)).toBeGreaterThan(50);
    path.run(8e6);
    expect(path.measure(2e6)).toBeGreaterThan(90);
  });

  it('is looked at with less under way where its round trip was not seen to be short for 9 s', () => {
    const path = bulk(2);
    const modes = new Set<Mode>();
    path.settings.roundTripUs = 60_000;
    path.run(8e6, () => modes.add(path.congestion.mode));
    expect(modes).not.toContain('probe round trip');
    let least = Number.POSITIVE_INFINITY;
    path.run(3e6, () => {
      modes.add(path.congestion.mode);
      least = Math.min(least, path.inFlight);
    });
    expect(modes).toContain('probe round trip');
    expect(path.congestion.mode).toBe('probe bandwidth');
    expect(least / 1_250).toBeLessThan(0.51 * path.pipePackets);
  });
});

describe('an application that has little to send', () => {
  it('is not taken for a slow path: a sensor may send a megabyte as fast as a new connection', () => {
    const fresh = send(new CongestedPath(), 1e6);
    const path = new CongestedPath();
    thin(path, 30);
    expect(path.congestion.mode).toBe('startup');
    expect(send(path, 1e6)).toBeLessThan(1.05 * fresh);
  });

  it('sends at the rate that was measured, some seconds later', () => {
    const path = new CongestedPath();
    send(path, 20e6);
    thin(path, 5);
    expect(send(path, 1e6)).toBeLessThan(130);
  });

  it.each([
    ['a sensor', 15],
    ['nothing', 0],
  ])('starts anew where for 10 s there was %s', (_, seconds) => {
    const path = new CongestedPath();
    send(path, 20e6);
    thin(path, seconds);
    path.run(15e6 - seconds * 1e6);
    path.settings.rateBps = 10e6;
    path.dropped = 0;
    const ms = send(path, 1e6);
    expect(ms).toBeLessThan(1_500);
    expect(path.dropped).toBe(0);
  });

  it('makes no queue, and does not stop to see it empty', () => {
    const path = new CongestedPath();
    send(path, 20e6);
    const modes = new Set<Mode>();
    for (let second = 0; second < 30; second++) {
      path.settings.roundTripUs += 2_000;
      thin(path, 1);
      modes.add(path.congestion.mode);
    }
    expect(modes).not.toContain('probe round trip');
  });
});

describe('acknowledgements', () => {
  it('are asked for in each eighth of the window, and where it is full', () => {
    const { congestion } = new CongestedPath();
    const asked = Array.from({ length: 10 }, (_, index) => congestion.asksNow(index * 1_250));
    expect(asked.map(Number).join('')).toBe('0101010101');
    const filled = bulk(2).congestion;
    const large = Array.from({ length: 200 }, () => filled.asksNow(0)).filter(Boolean).length;
    expect(large).toBeLessThan(3);
    expect(filled.asksNow(filled.window - 1)).toBe(true);
  });
});
