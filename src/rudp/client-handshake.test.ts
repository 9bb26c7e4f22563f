import { describe, expect, it } from 'vitest';
import { ClientHandshake, HANDSHAKE_US } from './client-handshake.ts';

const NONCE = new Uint8Array(8);
const COOKIE = new Uint8Array(20).fill(1);

/** Times from one INIT to the next, where nobody answers. */
function gaps(handshake: ClientHandshake, nowUs: number, probeTimeoutUs?: number): number[] {
  const found: number[] = [];
  let atUs = nowUs;
  for (let tries = 0; tries < 7; tries++) {
    expect(handshake.isInitDue(atUs)).toBe(true);
    handshake.onInitSent(atUs, probeTimeoutUs);
    const { timeoutAt } = handshake;
    expect(handshake.isInitDue(timeoutAt - 1)).toBe(false);
    found.push(timeoutAt - atUs);
    atUs = timeoutAt;
  }
  return found;
}

describe('a client that was not answered yet', () => {
  it('tries again, later and later', () => {
    expect(gaps(new ClientHandshake(NONCE, 5), 5)).toEqual([
      250_000, 250_000, 375_000, 562_500, 843_750, 1_000_000, 1_000_000,
    ]);
  });

  it('follows the round trip where it knows that, however long it is', () => {
    expect(gaps(new ClientHandshake(NONCE, 0), 0, 120_000).slice(0, 3)).toEqual([120_000, 120_000, 180_000]);
    const far = new ClientHandshake(NONCE, 0);
    far.onInitSent(0, 3_000_000);
    expect(far.timeoutAt).toBe(3_000_000);
  });

  it('wakes to give up', () => {
    const handshake = new ClientHandshake(NONCE, 0);
    handshake.onInitSent(HANDSHAKE_US - 1_000, undefined);
    expect(handshake.timeoutAt).toBe(HANDSHAKE_US);
  });

  it('comes again at once with the first cookie, and begins to count anew', () => {
    const handshake = new ClientHandshake(NONCE, 0);
    handshake.onInitSent(0, undefined);
    expect(handshake.takeCookie(COOKIE, 40_000)).toBe(true);
    expect(handshake.isInitDue(40_000)).toBe(true);
    expect(handshake.roundTripUs).toBe(40_000);
    expect(gaps(handshake, 40_000, 120_000).slice(0, 3)).toEqual([120_000, 120_000, 180_000]);
  });

  it('knows no round trip where it has asked twice', () => {
    const handshake = new ClientHandshake(NONCE, 0);
    handshake.onInitSent(0, undefined);
    handshake.onInitSent(250_000, undefined);
    handshake.takeCookie(COOKIE, 260_000);
    expect(handshake.roundTripUs).toBeUndefined();
  });

  it('takes another cookie, and waits as long as before', () => {
    const handshake = new ClientHandshake(NONCE, 0);
    handshake.onInitSent(0, undefined);
    handshake.takeCookie(COOKIE, 40_000);
    handshake.onInitSent(40_000, 120_000);
    const another = new Uint8Array(20).fill(2);
    expect(handshake.takeCookie(another, 50_000)).toBe(false);
    expect(handshake.cookie).toEqual(another);
    expect(handshake.timeoutAt).toBe(160_000);
  });
});
