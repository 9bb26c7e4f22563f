import { describe, expect, it } from 'vitest';
import { PathLoss } from './path-loss.ts';

/** One of each so many packets is lost. */
function lossy(every: number, packets: number): PathLoss {
  const loss = new PathLoss();
  for (let packet = 1; packet <= packets; packet++) {
    if (packet % every === 0) loss.lost();
    else loss.arrived();
  }
  return loss;
}

describe('the estimate of loss', () => {
  it.each([2, 5, 20, 100])('is about 1/%i where that is lost', every => {
    const { share } = lossy(every, 3_000);
    expect(share * every).toBeGreaterThan(0.6);
    expect(share * every).toBeLessThan(1.5);
  });

  it('is known soon: after 40 packets of a bad path', () => {
    expect(lossy(5, 40).share).toBeGreaterThan(0.1);
  });

  it('counts the packets since a loss, and takes a new path for one that has lost lately', () => {
    const loss = new PathLoss();
    expect(loss.cleanPackets).toBe(400);
    loss.lost();
    expect(loss.cleanPackets).toBe(0);
    for (let packet = 0; packet < 7; packet++) loss.arrived();
    expect(loss.cleanPackets).toBe(7);
  });

  it('forgets', () => {
    const loss = lossy(5, 1_000);
    for (let packet = 0; packet < 1_000; packet++) loss.arrived();
    expect(loss.share).toBeLessThan(0.006);
  });
});
