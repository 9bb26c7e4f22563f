/**
 * Calls that wait, first come first served, each for as long as its caller lets it.
 */
import { timedOut } from './socket-error.ts';

/** How long a call may wait. */
export interface WaitOptions {
  /** Ends the waiting; the call then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A call in the list of those that wait. */
interface Waiter<R, T> {
  readonly request: R;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  before: Waiter<R, T> | undefined;
  after: Waiter<R, T> | undefined;
  release: (() => void) | undefined;
}

/** Calls that wait for a T, each with a request of its own. One that gives up leaves nothing behind. */
export class Waiters<R, T> {
  readonly #onGiveUp: (() => void) | undefined;
  /** The first one, where it may wait for ever. That is the usual one, so it costs no more than a promise. */
  #parked: ((value: T) => void) | undefined;
  #parkedReject: (error: unknown) => void = () => undefined;
  #parkedRequest: R | undefined;
  /** Those behind it. */
  #first: Waiter<R, T> | undefined;
  #last: Waiter<R, T> | undefined;

  /** @param onGiveUp called when a call has given up: those behind it may get what was kept for it */
  constructor(onGiveUp?: () => void) {
    this.#onGiveUp = onGiveUp;
  }

  get isEmpty(): boolean {
    return this.#parked === undefined && this.#first === undefined;
  }

  /** What the first one asks for. */
  get first(): R | undefined {
    return this.#parked === undefined ? this.#first?.request : this.#parkedRequest;
  }

  /**
   * Begins to wait.
   * @param timeoutMs null: for ever; 0: not at all
   */
  wait(request: R, timeoutMs: number | null, signal: AbortSignal | undefined): Promise<T> {
    if (timeoutMs === null && signal === undefined && this.isEmpty) {
      this.#parkedRequest = request;
      return new Promise(this.#park);
    }
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (timeoutMs === 0) return Promise.reject(timedOut(0));
    return new Promise((resolve, reject) => {
      const before = this.#last;
      const waiter: Waiter<R, T> = { request, resolve, reject, before, after: undefined, release: undefined };
      if (before === undefined) this.#first = waiter;
      else before.after = waiter;
      this.#last = waiter;
      waiter.release = limitWait(timeoutMs, signal, error => {
        this.#remove(waiter).reject(error);
        this.#onGiveUp?.();
      });
    });
  }

  readonly #park = (resolve: (value: T) => void, reject: (error: unknown) => void): void => {
    this.#parked = resolve;
    this.#parkedReject = reject;
  };

  /** Answers the first one. */
  resolve(value: T): void {
    const parked = this.#parked;
    if (parked !== undefined) {
      this.#parked = undefined;
      parked(value);
    } else if (this.#first !== undefined) this.#remove(this.#first).resolve(value);
  }

  /** Fails the first one. */
  reject(error: unknown): void {
    if (this.#parked !== undefined) {
      this.#parked = undefined;
      this.#parkedReject(error);
    } else if (this.#first !== undefined) this.#remove(this.#first).reject(error);
  }

  rejectAll(error: unknown): void {
    while (!this.isEmpty) this.reject(error);
  }

  #remove(waiter: Waiter<R, T>): Waiter<R, T> {
    const { before, after } = waiter;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    waiter.release?.();
    return waiter;
  }
}

/**
 * Calls back once, when the time is over or the signal aborts, with the error that says so.
 * @param timeoutMs from 1 on; null: for ever
 * @returns what takes it back; undefined where it is for ever
 */
export function limitWait(
  timeoutMs: number | null,
  signal: AbortSignal | undefined,
  giveUp: (error: unknown) => void,
): (() => void) | undefined {
  if (timeoutMs === null && signal === undefined) return undefined;
  const end = (error: unknown): void => {
    release();
    giveUp(error);
  };
  const onAbort = (): void => end(signal?.reason);
  const timer = timeoutMs === null ? undefined : setTimeout(() => end(timedOut(timeoutMs)), timeoutMs);
  const release = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  signal?.addEventListener('abort', onAbort);
  return release;
}

/** What the promise gives, unless the time is over or the signal aborts before. @throws as the promise; as `limitWait` */
export function waitFor<T>(
  promise: Promise<T>,
  timeoutMs: number | null,
  signal: AbortSignal | undefined,
): Promise<T> {
  const waiters = new Waiters<undefined, T>();
  promise.then(
    value => waiters.resolve(value),
    (error: unknown) => waiters.reject(error),
  );
  return waiters.wait(undefined, timeoutMs, signal);
}
