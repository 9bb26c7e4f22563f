/**
 * The Clock port.
 *
 * Time is a whole number of microseconds everywhere inside (names end in `Us`); a double holds them exactly
 * until the year 2255. Two readings of time, because they answer different questions:
 *
 * - `wallUs` says *when*: microseconds since 1970-01-01 UTC. It may step when somebody sets the clock.
 * - `monotonicUs` says *how long*: it never steps, its zero means nothing. Timers and deadlines use it.
 */

/** Cancels a timer. Cancelling twice, or after it fired, does nothing. */
export type CancelTimer = () => void;

/** Where time comes from. Everything that waits takes one, so that tests can move it by hand. */
export interface Clock {
  /** Microseconds since 1970-01-01 UTC, a whole number. */
  wallUs(): number;
  /** Microseconds since some fixed moment, a whole number that never goes back. */
  monotonicUs(): number;
  /** Calls `callback` once, as soon after `atMonotonicUs` as the platform can, never before it. */
  setTimer(atMonotonicUs: number, callback: () => void): CancelTimer;
}

/** Resolves at `atMonotonicUs`, or rejects with the signal's reason. */
export function sleepUntil(clock: Clock, atMonotonicUs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.setTimer(atMonotonicUs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
