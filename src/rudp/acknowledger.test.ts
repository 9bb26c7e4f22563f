import { describe, expect, it } from 'vitest';
import { Acknowledger } from './acknowledger.ts';

const DELAY_US = 80_000;

/** One that has acknowledged the first packet. */
function started(): Acknowledger {
  const acknowledger = new Acknowledger(DELAY_US);
  acknowledger.onPacket('next', false, false, 0);
  acknowledger.onSent();
  return acknowledger;
}

describe('an acknowledgement', () => {
  it('goes at once for the first packet, so that the round trip is known', () => {
    const acknowledger = new Acknowledger(DELAY_US);
    expect(acknowledger.isDue(0)).toBe(false);
    acknowledger.onPacket('next', false, false, 5);
    expect(acknowledger.isDue(5)).toBe(true);
  });

  it('waits for eight packets or the delay that the peer was told', () => {
    const acknowledger = started();
    acknowledger.onPacket('next', false, false, 1_000);
    expect(acknowledger.hasNews).toBe(true);
    expect(acknowledger.timeoutAt).toBe(1_000 + DELAY_US);
    expect(acknowledger.isDue(DELAY_US)).toBe(false);
    expect(acknowledger.isDue(1_000 + DELAY_US)).toBe(true);
    for (let packet = 0; packet < 6; packet++) acknowledger.onPacket('next', false, false, 2_000);
    expect(acknowledger.isDue(2_000)).toBe(false);
    acknowledger.onPacket('next', false, false, 2_000);
    expect(acknowledger.isDue(2_000)).toBe(true);
    acknowledger.onSent();
    expect(acknowledger).toMatchObject({ hasNews: false, timeoutAt: undefined });
  });

  it('goes again, at once, to a peer that has moved', () => {
    const acknowledger = started();
    acknowledger.onMoved();
    expect(acknowledger.hasNews).toBe(true);
    expect(acknowledger.isDue(1)).toBe(true);
    acknowledger.onSent();
    expect(acknowledger.isDue(1)).toBe(false);
  });

  it('goes at once where the sender asks, or where a packet comes again and asks', () => {
    const asked = started();
    asked.onPacket('next', true, false, 1);
    expect(asked.isDue(1)).toBe(true);
    const repeated = started();
    repeated.onRepeated();
    expect(repeated.isDue(1)).toBe(true);
  });

  it('goes at once for a gap that repair has not filled, and for the next packet too', () => {
    const acknowledger = started();
    acknowledger.onPacket('gap', false, true, 1);
    expect(acknowledger.isDue(1)).toBe(true);
    acknowledger.onSent();
    acknowledger.onPacket('next', false, false, 2);
    expect(acknowledger.isDue(2)).toBe(true);
    acknowledger.onSent();
    acknowledger.onPacket('next', false, false, 3);
    expect(acknowledger.isDue(3)).toBe(false);
    acknowledger.onPacket('gap', false, false, 4);
    expect(acknowledger.isDue(4)).toBe(false);
  });

  it('goes at once for what comes late, and tells the age of the largest', () => {
    const acknowledger = started();
    acknowledger.onPacket('next', false, false, 1_000);
    acknowledger.onPacket('fill', false, false, 5_000);
    expect(acknowledger.isDue(5_000)).toBe(true);
    expect(acknowledger.delayUs(6_000)).toBe(5_000);
  });

  it('says eight times how many packets were recomputed, after each change', () => {
    const acknowledger = started();
    expect(acknowledger.tellsRepaired).toBe(false);
    acknowledger.onRepaired();
    for (let told = 0; told < 8; told++) {
      expect(acknowledger.tellsRepaired).toBe(true);
      acknowledger.onSent();
    }
    expect(acknowledger.tellsRepaired).toBe(false);
  });
});
