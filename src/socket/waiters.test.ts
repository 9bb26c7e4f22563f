import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limitWait, Waiters, waitFor } from './waiters.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('calls that wait', () => {
  it('are answered in their order, also when some give up and some are failed', async () => {
    const call = fc.record({ limit: fc.constantFrom('none', 'signal', 'time'), givesUp: fc.boolean() });
    const isAnswered = fc.boolean();
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), fc.array(isAnswered), async (calls, answers) => {
        const waiters = new Waiters<number, string>();
        const controllers = calls.map(() => new AbortController());
        const seen = calls.map(({ limit }, index) =>
          waiters
            .wait(
              index,
              limit === 'time' ? (calls[index]?.givesUp ? 5 : 500) : null,
              limit === 'signal' ? controllers[index]?.signal : undefined,
            )
            .catch((error: unknown) => (error instanceof Error ? 'too late' : String(error))),
        );
        const expected: (string | undefined)[] = calls.map(({ limit, givesUp }, index) => {
          if (limit === 'signal' && givesUp) controllers[index]?.abort('aborted');
          if (limit === 'none' || !givesUp) return undefined;
          return limit === 'signal' ? 'aborted' : 'too late';
        });
        vi.advanceTimersByTime(10);
        for (const answer of answers) {
          const first = expected.indexOf(undefined);
          expect(waiters.first).toBe(first < 0 ? undefined : first);
          expect(waiters.isEmpty).toBe(first < 0);
          if (answer) waiters.resolve(`answer ${first}`);
          else waiters.reject(`error ${first}`);
          if (first >= 0) expected[first] = answer ? `answer ${first}` : `error ${first}`;
        }
        waiters.rejectAll('the end');
        expect(waiters.isEmpty).toBe(true);
        expect(await Promise.all(seen)).toEqual(expected.map(one => one ?? 'the end'));
        for (const { signal } of controllers) expect(listenersOf(signal)).toBe(0);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  it('do not begin where the signal has aborted, or nobody may wait', async () => {
    const waiters = new Waiters<number, string>();
    await expect(waiters.wait(1, null, AbortSignal.abort('no'))).rejects.toBe('no');
    await expect(waiters.wait(1, 0, undefined)).rejects.toMatchObject({
      code: 'SW_TIMEOUT',
      errno: 'EAGAIN',
    });
    expect(waiters.isEmpty).toBe(true);
  });

  it('say that one gave up, after it is gone', async () => {
    const seen: (number | undefined)[] = [];
    const waiters: Waiters<number, string> = new Waiters(() => seen.push(waiters.first));
    const first = waiters.wait(1, 5, undefined);
    void waiters.wait(2, null, undefined);
    vi.advanceTimersByTime(5);
    await expect(first).rejects.toMatchObject({ code: 'SW_TIMEOUT', errno: 'ETIMEDOUT' });
    expect(seen).toEqual([2]);
  });
});

describe('a limit', () => {
  it('is none where there is neither time nor signal', () => {
    expect(limitWait(null, undefined, () => undefined)).toBeUndefined();
  });

  it('calls once, whatever comes first', () => {
    const controller = new AbortController();
    const giveUp = vi.fn();
    limitWait(5, controller.signal, giveUp);
    vi.advanceTimersByTime(5);
    controller.abort();
    expect(giveUp).toHaveBeenCalledOnce();
    expect(listenersOf(controller.signal)).toBe(0);
  });

  it('ends the wait for a promise, whose own end is then nobody’s', async () => {
    const { promise, reject } = Promise.withResolvers<string>();
    const waiting = waitFor(promise, 5, undefined);
    vi.advanceTimersByTime(5);
    await expect(waiting).rejects.toMatchObject({ errno: 'ETIMEDOUT' });
    reject(new Error('nobody hears this'));
    await expect(waitFor(Promise.resolve('there'), null, undefined)).resolves.toBe('there');
    await expect(waitFor(Promise.reject('gone'), 5, undefined)).rejects.toBe('gone');
    expect(vi.getTimerCount()).toBe(0);
  });
});
