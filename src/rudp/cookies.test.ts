import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Cookies, equal } from './cookies.ts';
import { COOKIE_BYTES, TOKEN_BYTES } from './layout.ts';

const cookies = new Cookies(data => createHmac('sha256', 'secret').update(data).digest());
const others = new Cookies(data => createHmac('sha256', 'another').update(data).digest());
const nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe('a cookie', () => {
  it('is good for the address, id and nonce that it was made for, and for no other', () => {
    const cookie = cookies.make('::1 5000', 7, nonce, 0);
    expect(cookie.length).toBe(COOKIE_BYTES);
    expect(cookies.check(cookie, '::1 5000', 7, nonce, 0)).toBe(true);
    expect(cookies.check(cookie, '::1 5001', 7, nonce, 0)).toBe(false);
    expect(cookies.check(cookie, '::1 5000', 8, nonce, 0)).toBe(false);
    expect(
      cookies.check(
        cookie,
        '::1 5000',
        7,
        Uint8Array.from(nonce, byte => byte + 1),
        0,
      ),
    ).toBe(false);
    expect(others.check(cookie, '::1 5000', 7, nonce, 0)).toBe(false);
  });

  it('is good for 10 s, and not before it was made', () => {
    const cookie = cookies.make('a', 7, nonce, 5_000_000);
    expect(cookies.check(cookie, 'a', 7, nonce, 15_999_999)).toBe(true);
    expect(cookies.check(cookie, 'a', 7, nonce, 16_000_000)).toBe(false);
    expect(cookies.check(cookie, 'a', 7, nonce, 4_999_999)).toBe(false);
  });

  it('lives over the end of its 32 bits of seconds', () => {
    const wrapUs = 2 ** 32 * 1e6;
    const cookie = cookies.make('a', 7, nonce, wrapUs - 1);
    expect(cookies.check(cookie, 'a', 7, nonce, wrapUs + 5_000_000)).toBe(true);
  });

  it('is not good with any bit changed, or of another length', () => {
    const cookie = cookies.make('a', 7, nonce, 0);
    for (let bit = 0; bit < 8 * COOKIE_BYTES; bit++) {
      const changed = cookie.slice();
      (changed[bit >> 3] as number) ^= 1 << (bit & 7);
      expect(cookies.check(changed, 'a', 7, nonce, 0)).toBe(false);
    }
    expect(cookies.check(cookie.subarray(1), 'a', 7, nonce, 0)).toBe(false);
  });
});

describe('a token', () => {
  it('is one id’s, and the same after a restart with the same secret', () => {
    const token = cookies.resetToken(1);
    expect(token.length).toBe(TOKEN_BYTES);
    const again = new Cookies(data => createHmac('sha256', 'secret').update(data).digest());
    expect(equal(again.resetToken(1), token)).toBe(true);
    expect(equal(cookies.resetToken(2), token)).toBe(false);
    expect(equal(others.resetToken(1), token)).toBe(false);
  });
});

describe('equal', () => {
  it('compares bytes and lengths', () => {
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(equal(new Uint8Array(), new Uint8Array())).toBe(true);
  });
});
