/**
 * Gives up on a server that says nothing for too long, however long the whole takes.
 */
import { NetworkError } from '../errors/errors.ts';

export class ProgressLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #what: string;
  readonly #limitMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** The time begins. @param what comes after "nothing came from" */
  constructor(what: string, limitMs: number) {
    this.#what = what;
    this.#limitMs = limitMs;
    this.progress();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came: the time begins anew. */
  progress(): void {
    this.hold();
    this.#timer = setTimeout(() => this.#giveUp(), this.#limitMs);
  }

  /** It is not the server that is waited for, until the next `progress`. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.hold();
  }

  #giveUp(): void {
    const message = `nothing came from ${this.#what} for ${this.#limitMs / 1_000} s: try again, or wait longer with --timeout`;
    this.#controller.abort(new NetworkError('SW_TIMEOUT', message, { retryable: true, errno: 'ETIMEDOUT' }));
  }
}
