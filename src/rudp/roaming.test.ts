import { describe, expect, it } from 'vitest';
import { CHALLENGE_BYTES, Roaming } from './roaming.ts';

const TIMEOUT_US = 1_000;
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function asked(bytes = 100): Roaming {
  const roaming = new Roaming();
  roaming.onNewest('new', bytes, () => NONCE, TIMEOUT_US, 0);
  return roaming;
}

describe('a new address', () => {
  it('is asked at once, and then later and later, five times', () => {
    const roaming = asked();
    const askedAtUs: number[] = [];
    for (let at = roaming.timeoutAt; at !== undefined; at = roaming.timeoutAt) {
      const challenge = roaming.challenge(at);
      if (challenge === undefined) continue;
      expect(challenge).toMatchObject({ to: 'new', nonce: NONCE });
      expect(roaming.challenge(at)).toBeUndefined();
      askedAtUs.push(at);
    }
    expect(askedAtUs).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(roaming.takeResponse('new', NONCE)).toBe(false);
  });

  it('is proven by its own answer to the challenge, once', () => {
    const roaming = asked();
    roaming.challenge(0);
    expect(roaming.takeResponse('old', NONCE)).toBe(false);
    expect(roaming.takeResponse('new', new Uint8Array(8))).toBe(false);
    expect(roaming.takeResponse('new', NONCE)).toBe(true);
    expect(roaming.takeResponse('new', NONCE)).toBe(false);
    expect(roaming.timeoutAt).toBeUndefined();
  });

  it('gets no more than three times the bytes that came from there', () => {
    const roaming = asked(10);
    let bytes = 0;
    for (let at = roaming.timeoutAt; at !== undefined; at = roaming.timeoutAt)
      if (roaming.challenge(at) !== undefined) bytes += CHALLENGE_BYTES;
    expect(bytes).toBe(2 * CHALLENGE_BYTES);
    const more = asked(1);
    expect(more.challenge(0)).toBeUndefined();
    more.received('new', 100);
    more.received('other', 100);
    expect(more.challenge(more.timeoutAt as number)).toBeDefined();
  });

  it('gives way to a newer one, and stays where it comes again', () => {
    const roaming = asked();
    roaming.challenge(0);
    const other = new Uint8Array(8).fill(9);
    roaming.onNewest('new', 100, () => other, TIMEOUT_US, 10);
    expect(roaming.challenge(10)).toBeUndefined();
    roaming.onNewest('newer', 100, () => other, TIMEOUT_US, 20);
    expect(roaming.challenge(20)).toMatchObject({ to: 'newer', nonce: other });
    expect(roaming.takeResponse('new', NONCE)).toBe(false);
  });
});
