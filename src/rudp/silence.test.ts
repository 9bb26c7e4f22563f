import { describe, expect, it } from 'vitest';
import { Silence } from './silence.ts';

const IDLE_US = 30_000_000;

describe('silence', () => {
  it('ends a connection so long after the peer was heard', () => {
    const silence = new Silence(5);
    expect(silence.idleAt(IDLE_US, 1)).toBe(5 + IDLE_US);
    silence.onHeard(100);
    expect(silence.idleAt(IDLE_US, 1)).toBe(100 + IDLE_US);
    expect(silence.idleAt(0, 1)).toBeUndefined();
  });

  it('counts from the first question that was not answered', () => {
    const silence = new Silence(0);
    silence.onSaid(true, 1_000);
    silence.onSaid(true, 2_000);
    expect(silence.idleAt(IDLE_US, 1)).toBe(1_000 + IDLE_US);
    silence.onHeard(3_000);
    silence.onSaid(false, 4_000);
    expect(silence.idleAt(IDLE_US, 1)).toBe(3_000 + IDLE_US);
  });

  it('is at least three probe timeouts', () => {
    expect(new Silence(0).idleAt(1_000, 700_000)).toBe(2_100_000);
  });

  it('leaves a question unanswered where nothing came for three probe timeouts after it', () => {
    const silence = new Silence(0);
    expect(silence.isUnanswered(100, 1_000)).toBe(false);
    silence.onSaid(true, 1_000);
    silence.onSaid(true, 1_200);
    expect([silence.isUnanswered(100, 1_299), silence.isUnanswered(100, 1_300)]).toEqual([false, true]);
    silence.onHeard(1_301);
    expect(silence.isUnanswered(100, 2_000)).toBe(false);
  });

  it('asks for PING after neither was heard nor said anything', () => {
    const silence = new Silence(0);
    silence.onSaid(false, 500);
    expect(silence.keepAliveAt(15)).toBe(515);
    silence.onHeard(600);
    expect(silence.keepAliveAt(15)).toBe(615);
    expect(silence.keepAliveAt(0)).toBeUndefined();
  });
});
