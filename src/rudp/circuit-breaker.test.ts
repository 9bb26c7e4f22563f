import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';

/** So many packets of 100 are lost, one each 10 ms, for so many seconds. */
function run(breaker: CircuitBreaker, lost: number, fromS: number, seconds: number): boolean {
  for (let packet = 0; packet < seconds * 100; packet++) {
    const nowUs = fromS * 1e6 + packet * 10_000;
    if ((packet * 37) % 100 < lost) breaker.onLost(nowUs);
    else breaker.onArrived(nowUs);
  }
  return breaker.isOpen;
}

describe('the circuit breaker', () => {
  it('opens where more than 40 % are lost over three seconds', () => {
    expect(run(new CircuitBreaker(0), 39, 0, 10)).toBe(false);
    expect(run(new CircuitBreaker(0), 42, 0, 10)).toBe(true);
    expect(run(new CircuitBreaker(0), 90, 0, 2)).toBe(false);
  });

  it('closes again after three better seconds', () => {
    const breaker = new CircuitBreaker(0);
    expect(run(breaker, 60, 0, 4)).toBe(true);
    expect(run(breaker, 5, 4, 7)).toBe(false);
  });

  it('does not judge a few packets', () => {
    const breaker = new CircuitBreaker(0);
    for (let packet = 0; packet < 19; packet++) breaker.onLost(packet * 1e6);
    expect(breaker.isOpen).toBe(false);
    breaker.onLost(20e6);
    expect(breaker.isOpen).toBe(true);
  });

  it('is closed on a new path', () => {
    const breaker = new CircuitBreaker(0);
    run(breaker, 60, 0, 4);
    breaker.reset(4e6);
    expect(breaker.isOpen).toBe(false);
  });
});
