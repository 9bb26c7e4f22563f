import { describe, expect, it } from 'vitest';
import { BurstModel, OutageModel } from './loss-models.ts';
import { RandomStream } from './random-stream.ts';

/** Lengths of the runs of `wanted`, without the first and last, which may be cut. */
function runs(fates: readonly boolean[], wanted: boolean): number[] {
  const lengths: number[] = [];
  let length = 0;
  for (const fate of fates) {
    if (fate === wanted) length++;
    else if (length > 0) {
      lengths.push(length);
      length = 0;
    }
  }
  return lengths.slice(1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function bursts(burst: Parameters<BurstModel['loses']>[0], count: number): boolean[] {
  const [change, loss] = [new RandomStream(1, 0), new RandomStream(1, 1)];
  const model = new BurstModel();
  return Array.from({ length: count }, () => model.loses(burst, change.unit(), loss.unit()));
}

describe('BurstModel', () => {
  it('loses in bursts of the mean length 1 / leaveBad, geometrically distributed, 1 / enterBad apart', () => {
    // 5 % lost, mean burst of 5 packets.
    const fates = bursts({ enterBad: 0.2 / 19, leaveBad: 0.2, lossGood: 0, lossBad: 1 }, 1_000_000);
    expect(mean(fates.map(Number))).toBeCloseTo(0.05, 2);
    const lengths = runs(fates, true);
    expect(mean(lengths)).toBeGreaterThan(4.8);
    expect(mean(lengths)).toBeLessThan(5.2);
    expect(lengths.filter(length => length === 1).length / lengths.length).toBeCloseTo(0.2, 1);
    expect(lengths.filter(length => length > 10).length / lengths.length).toBeCloseTo(0.8 ** 10, 1);
    expect(mean(runs(fates, false))).toBeGreaterThan(91);
    expect(mean(runs(fates, false))).toBeLessThan(99);
  });

  it('loses the given shares while good and while bad', () => {
    const fates = bursts({ enterBad: 0.01, leaveBad: 0.03, lossGood: 0.01, lossBad: 0.4 }, 1_000_000);
    expect(mean(fates.map(Number))).toBeCloseTo(0.75 * 0.01 + 0.25 * 0.4, 2);
  });

  it('begins good, and a packet that turns the link bad is the first to suffer', () => {
    const model = new BurstModel();
    const burst = { enterBad: 0.5, leaveBad: 0.5, lossGood: 0, lossBad: 1 };
    expect([0.6, 0.4, 0.6, 0.4, 0.6].map(change => model.loses(burst, change, 0))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('OutageModel', () => {
  const outages = { goodUs: 95_000, badUs: 5_000, lossBad: 1 };

  it('has good and bad periods of the mean lengths, exponentially distributed, however packets are spaced', () => {
    const model = new OutageModel(new RandomStream(5));
    const stepUs = 50;
    const fates = Array.from({ length: 2_000_000 }, (_, step) => model.loses(outages, step * stepUs, 0));
    const bad = runs(fates, true).map(steps => steps * stepUs);
    expect(mean(bad)).toBeGreaterThan(4_600);
    expect(mean(bad)).toBeLessThan(5_400);
    // Of an exponential distribution e^-1 are longer than the mean.
    expect(bad.filter(us => us > 5_000).length / bad.length).toBeCloseTo(Math.exp(-1), 1);
    const good = runs(fates, false).map(steps => steps * stepUs);
    expect(mean(good)).toBeGreaterThan(87_000);
    expect(mean(good)).toBeLessThan(103_000);
  });

  it('has the same periods for other packets', () => {
    const [often, seldom] = [new OutageModel(new RandomStream(5)), new OutageModel(new RandomStream(5))];
    for (let atUs = 0; atUs < 5_000_000; atUs += 100) {
      const lost = often.loses(outages, atUs, 0);
      if (atUs % 1_700 === 0) expect(seldom.loses(outages, atUs, 0)).toBe(lost);
    }
  });

  it('loses the share of a bad period', () => {
    const [model, loss] = [new OutageModel(new RandomStream(2)), new RandomStream(3)];
    const fates = Array.from({ length: 500_000 }, (_, step) =>
      Number(model.loses({ goodUs: 1_000, badUs: 1_000, lossBad: 0.3 }, step * 100, loss.unit())),
    );
    expect(mean(fates)).toBeGreaterThan(0.145);
    expect(mean(fates)).toBeLessThan(0.155);
  });

  it('is bad for its share of time after long silences too, and pays nothing for them', () => {
    const dayUs = 86_400_000_000;
    let bad = 0;
    const model = new OutageModel(new RandomStream(4));
    // A step for each millisecond of these 10,000 days would never end.
    for (let day = 0; day < 10_000; day++)
      bad += Number(model.loses({ goodUs: 1_500, badUs: 500, lossBad: 1 }, day * dayUs, 0));
    expect(bad / 10_000).toBeGreaterThan(0.23);
    expect(bad / 10_000).toBeLessThan(0.27);
  });
});
