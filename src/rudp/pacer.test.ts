import { describe, expect, it } from 'vitest';
import { Pacer } from './pacer.ts';

const PACKET = 1_250;
/** 100 Mbit/s. */
const RATE = 12.5;

/** How many packets leave at a time. */
function drain(pacer: Pacer, rate: number, burstBytes: number, nowUs: number): number {
  for (let packets = 0; ; packets++) {
    pacer.fill(rate, burstBytes, nowUs);
    if (!pacer.maySend || packets === 10_000) return packets;
    pacer.sent(PACKET);
  }
}

describe('a pacer', () => {
  it('holds nothing back while no rate is known', () => {
    const pacer = new Pacer();
    expect(drain(pacer, Number.POSITIVE_INFINITY, PACKET, 0)).toBe(10_000);
    expect(drain(pacer, RATE, PACKET, 0)).toBe(20);
  });

  it('lets a burst go, or what two milliseconds are worth', () => {
    expect(drain(new Pacer(), RATE, 4 * PACKET, 0)).toBe(20);
    expect(drain(new Pacer(), RATE / 100, 4 * PACKET, 0)).toBe(4);
  });

  it('keeps the rate where timers come each millisecond, and some late', () => {
    const pacer = new Pacer();
    drain(pacer, RATE, 4 * PACKET, 0);
    let packets = 0;
    for (let ms = 1; ms <= 1_000; ms++) if (ms % 7 > 0) packets += drain(pacer, RATE, 4 * PACKET, ms * 1_000);
    expect(packets * PACKET).toBeGreaterThan(0.995 * RATE * 1e6);
    expect(packets * PACKET).toBeLessThan(1.005 * RATE * 1e6);
  });

  it('says when the next packet may go', () => {
    const pacer = new Pacer();
    drain(pacer, RATE, 4 * PACKET, 5_000);
    const nextUs = pacer.nextUs(RATE, 5_000);
    expect(nextUs).toBeGreaterThan(5_000);
    expect(drain(pacer, RATE, 4 * PACKET, nextUs - 1)).toBe(0);
    expect(drain(pacer, RATE, 4 * PACKET, nextUs)).toBe(1);
  });

  it('owes a packet that was larger than what was left', () => {
    const pacer = new Pacer();
    pacer.fill(RATE, PACKET, 0);
    pacer.sent(60_000);
    // 25,000 bytes were there; the other 35,000 take 2.8 ms.
    expect(pacer.nextUs(RATE, 0)).toBe(2_801);
  });

  it('is not confused by a clock that stands still or goes back', () => {
    const pacer = new Pacer();
    drain(pacer, RATE, PACKET, 10_000);
    expect(drain(pacer, RATE, PACKET, 10_000)).toBe(0);
    expect(drain(pacer, RATE, PACKET, 9_000)).toBe(0);
  });
});
