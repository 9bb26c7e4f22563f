/**
 * Bulk over reliable UDP on emulated links: fast where packets are lost at random, and fair to TCP. The bars are those of
 * kernel TCP with BBR on the same links; 100 Mbit/s, and a queue of the larger of 100 packets and what the path holds.
 */
import { describe, expect, it } from 'vitest';
import { shareWithCubic, transferBulk } from '../../src/testing/rudp-bulk.ts';

const BYTES = 20_000_000;

function link(roundTripMs: number, loss: number): Parameters<typeof transferBulk>[0] {
  const rateBps = 100_000_000;
  const queuePackets = Math.max(100, Math.ceil((rateBps * roundTripMs) / 1_000 / 8 / 1_500));
  return { rateBps, queuePackets, delayUs: roundTripMs * 500, loss };
}

describe('20 MB of messages of 1,200 bytes', () => {
  it.each([
    { roundTripMs: 2, loss: 0, least: 90 },
    { roundTripMs: 2, loss: 0.01, least: 90 },
    { roundTripMs: 2, loss: 0.05, least: 86 },
    { roundTripMs: 40, loss: 0, least: 82.6 },
    { roundTripMs: 40, loss: 0.01, least: 78 },
    { roundTripMs: 40, loss: 0.05, least: 68 },
    { roundTripMs: 200, loss: 0, least: 50 },
    { roundTripMs: 200, loss: 0.01, least: 32 },
    { roundTripMs: 200, loss: 0.05, least: 16.5 },
  ])('take $roundTripMs ms and $loss of loss at $least Mbit/s and more', ({ roundTripMs, loss, least }) => {
    const { goodputMbps, wireRatio } = transferBulk(link(roundTripMs, loss), 1, BYTES);
    expect(goodputMbps).toBeGreaterThan(least);
    // Each packet that is lost goes again; the rest is heads, acknowledgements, and what the full queue drops.
    expect(wireRatio).toBeLessThan(1.06 * (1 + loss) + 0.01);
  });

  it('take a queue of a tenth of the path', () => {
    const { goodputMbps, wireRatio } = transferBulk({ ...link(40, 0), queuePackets: 34 }, 1, BYTES);
    expect(goodputMbps).toBeGreaterThan(70);
    expect(wireRatio).toBeLessThan(1.25);
  });

  it('take jitter that reorders', () => {
    const settings = { ...link(40, 0), jitterUs: 8_000, keepsOrder: false };
    expect(transferBulk(settings, 1, BYTES).goodputMbps).toBeGreaterThan(60);
  });

  it('take a network without a limit at the speed of the hosts', () => {
    expect(transferBulk({ delayUs: 50 }, 1, 2 * BYTES).goodputMbps).toBeGreaterThan(600);
  });
});

describe('beside a flow of TCP CUBIC', () => {
  const settings = { rateBps: 10_000_000, delayUs: 20_000, queuePackets: 100 };

  // Which packets a full queue drops is as good as chance: the share is looked at from several beginnings.
  it.each([
    { oursStartsUs: 0, cubicStartsUs: 0 },
    { oursStartsUs: 0, cubicStartsUs: 61_000 },
    { oursStartsUs: 122_000, cubicStartsUs: 0 },
    { oursStartsUs: 0, cubicStartsUs: 1_000_000 },
    { oursStartsUs: 2_000_000, cubicStartsUs: 0 },
  ])('the link is shared, where they start at $oursStartsUs and $cubicStartsUs µs', starts => {
    const { jain, queueDrops, oursMbps, cubicMbps } = shareWithCubic(settings, { seconds: 40, ...starts });
    expect(jain).toBeGreaterThan(0.95);
    expect(queueDrops).toBeLessThan(150);
    expect(oursMbps + cubicMbps).toBeGreaterThan(9.4);
  });

  it.each([50, 200])('a queue of %i packets is shared', queuePackets => {
    const { jain } = shareWithCubic({ ...settings, queuePackets }, { seconds: 40 });
    expect(jain).toBeGreaterThan(0.95);
  });
});
