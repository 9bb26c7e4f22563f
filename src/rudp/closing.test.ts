import { describe, expect, it } from 'vitest';
import { Closing } from './closing.ts';

const TIMEOUT_US = 1_000;

describe('who says CLOSE first', () => {
  it('says it five times, and waits twice as long each time', () => {
    const closing = new Closing(0, '', false, TIMEOUT_US, 0);
    const saidAtUs: number[] = [];
    let nowUs = 0;
    for (let isOver = false; !isOver; isOver = closing.onTimeout(nowUs)) {
      expect(closing.isDue).toBe(true);
      saidAtUs.push(nowUs);
      closing.onSent();
      expect(closing.onTimeout(nowUs)).toBe(false);
      nowUs = closing.timeoutAt;
    }
    expect(saidAtUs).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(nowUs).toBe(31_000);
  });

  it('is done when the peer says it too', () => {
    expect(new Closing(0, '', false, TIMEOUT_US, 0).onPacket(true)).toBe(true);
  });

  it('says it again to a peer that goes on', () => {
    const closing = new Closing(2, 'why', false, TIMEOUT_US, 0);
    closing.onSent();
    expect(closing.isDue).toBe(false);
    expect(closing.onPacket(false)).toBe(false);
    expect(closing.isDue).toBe(true);
  });
});

describe('CLOSE', () => {
  it('answers where the packet came from, in at most three times its bytes, and goes by itself without', () => {
    const closing = new Closing(0, '', false, TIMEOUT_US, 0);
    expect(closing.answer).toBeUndefined();
    closing.onSent();
    closing.onPacket(false);
    closing.cameFrom('elsewhere', 20);
    expect(closing.answer).toEqual({ to: 'elsewhere', mostBytes: 60 });
    closing.onSent();
    expect(closing.answer).toBeUndefined();
    closing.cameFrom('elsewhere', 20);
    expect(closing.answer).toBeUndefined();
    closing.onPacket(false);
    closing.cameFrom('elsewhere', 20);
    closing.onTimeout(TIMEOUT_US);
    expect(closing.answer).toBeUndefined();
  });
});

describe('who is told', () => {
  it('answers once, and again where the answer was lost, for three timeouts', () => {
    const closing = new Closing(0, '', true, TIMEOUT_US, 0);
    closing.onSent();
    expect(closing.timeoutAt).toBe(3_000);
    expect(closing.onPacket(true)).toBe(false);
    expect(closing.isDue).toBe(true);
    closing.onSent();
    expect(closing.onTimeout(2_999)).toBe(false);
    expect(closing.onTimeout(3_000)).toBe(true);
  });

  it('answers twelve times at most', () => {
    const closing = new Closing(0, '', true, TIMEOUT_US, 0);
    let answers = 0;
    for (let packet = 0; packet < 100; packet++) {
      if (closing.isDue) {
        closing.onSent();
        answers++;
      }
      closing.onPacket(true);
    }
    expect(answers).toBe(12);
  });
});
