/**
 * Calls that wait, first come first served, each for as long as its caller lets it.
 */
import { Queue } from '../collections/queue.ts';
import { timedOut } from './socket-error.ts';

/** How long a call may wait. */
export interface WaitOptions {
  /** Ends the waiting; the call then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiter<R, T> {
  readonly request: R;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  /** False once it was answered or has given up. */
  waits: boolean;
  release: (() => void) | undefined;
}

/** Calls that wait for a T, each with a request of its own. */
export class Waiters<R, T> {
  readonly #queue = new Queue<Waiter<R, T>>();
  #count = 0;

  /** Calls that wait. */
  get count(): number {
    return this.#count;
  }

  /** What the first one asks for. */
  get first(): R | undefined {
    return this.#firstWaiter()?.request;
  }

  /**
   * Begins to wait.
   * @param timeoutMs null: for ever; 0: not at all
   */
  wait(request: R, timeoutMs: number | null, signal: AbortSignal | undefined): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (timeoutMs === 0) return Promise.reject(timedOut(0));
    return new Promise((resolve, reject) => {
      const waiter: Waiter<R, T> = { request, resolve, reject, waits: true, release: undefined };
      this.#queue.push(waiter);
      this.#count++;
      if (timeoutMs !== null || signal !== undefined) this.#limit(waiter, timeoutMs, signal);
    });
  }

  /** Answers the first one. */
  resolve(value: T): void {
    const waiter = this.#firstWaiter();
    if (waiter !== undefined) this.#end(waiter).resolve(value);
  }

  /** Fails the first one. */
  reject(error: unknown): void {
    const waiter = this.#firstWaiter();
    if (waiter !== undefined) this.#end(waiter).reject(error);
  }

  rejectAll(error: unknown): void {
    while (this.#count > 0) this.reject(error);
  }

  /** The first that still waits; those that gave up are left behind. */
  #firstWaiter(): Waiter<R, T> | undefined {
    for (let waiter = this.#queue.first; waiter !== undefined; waiter = this.#queue.first) {
      if (waiter.waits) return waiter;
      this.#queue.shift();
    }
    return undefined;
  }

  #end(waiter: Waiter<R, T>): Waiter<R, T> {
    waiter.waits = false;
    this.#count--;
    waiter.release?.();
    return waiter;
  }

  #limit(waiter: Waiter<R, T>, timeoutMs: number | null, signal: AbortSignal | undefined): void {
    const giveUp = (error: unknown): void => {
      if (waiter.waits) this.#end(waiter).reject(error);
    };
    const onAbort = (): void => giveUp(signal?.reason);
    const timer = timeoutMs === null ? undefined : setTimeout(() => giveUp(timedOut(timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', onAbort);
    waiter.release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }
}
