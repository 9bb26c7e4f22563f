// @ts-check
/**
 * The connection to the collector: messages, and the word when it is lost. Comes back by itself.
 */

/** After this long without a word (the collector says something twice a second) the connection is dead. */
const SILENCE_MS = 5_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * @typedef {object} LiveHandlers
 * @property {(message: import('./model.js').Message) => void} onMessage
 * @property {() => void} onOpen
 * @property {(lost: {waitMs: number, ended: boolean}) => void} onLost the collector ended, or the way to it broke
 */

/** Listens, and reconnects with growing pauses. */
export class Live {
  /** @type {EventSource | undefined} */
  #events;
  #handlers;
  #waitMs = FIRST_WAIT_MS;
  #ended = false;
  #lastAt = 0;
  #timer = 0;

  /** @param {LiveHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    setInterval(() => this.#checkSilence(), SILENCE_MS / 4);
    addEventListener('online', () => this.connect());
    this.connect();
  }

  /** Connects at once, whatever it waited for. */
  connect() {
    clearTimeout(this.#timer);
    this.#events?.close();
    const events = new EventSource('api/live');
    this.#events = events;
    this.#lastAt = performance.now();
    this.#ended = false;
    events.addEventListener('open', () => {
      this.#waitMs = FIRST_WAIT_MS;
      this.#handlers.onOpen();
    });
    events.addEventListener('message', event => {
      this.#lastAt = performance.now();
      this.#handlers.onMessage(JSON.parse(event.data));
    });
    events.addEventListener('end', () => {
      this.#ended = true;
      this.#lose();
    });
    events.addEventListener('error', () => this.#lose());
  }

  #checkSilence() {
    if (this.#events !== undefined && performance.now() - this.#lastAt > SILENCE_MS) this.#lose();
  }

  #lose() {
    if (this.#events === undefined) return;
    this.#events.close();
    this.#events = undefined;
    this.#handlers.onLost({ waitMs: this.#waitMs, ended: this.#ended });
    this.#timer = setTimeout(() => this.connect(), this.#waitMs);
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
  }
}
