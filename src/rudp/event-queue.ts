/**
 * Events of a connection in the order in which its owner may have them: the end of channel 0 after its last message,
 * the end of the connection after everything else.
 */
import { Queue } from '../collections/queue.ts';
import type { ConnectionEvent } from './connection-events.ts';

type Closed = Extract<ConnectionEvent, { type: 'closed' }>;

export class EventQueue {
  readonly #events: Queue<ConnectionEvent> = new Queue();
  #closed: Closed | undefined;
  #end: 'open' | 'due' | 'told' = 'open';
  #isClosedTold = false;

  push(event: Exclude<ConnectionEvent, { type: 'closed' | 'end' }>): void {
    this.#events.push(event);
  }

  /** All messages of channel 0 have come. */
  end(): void {
    if (this.#end === 'open') this.#end = 'due';
  }

  /** The last event; the first of them counts. */
  close(code: number, reason: string, byPeer: boolean): void {
    this.#closed ??= { type: 'closed', code, reason, byPeer };
  }

  /** Of the last event, also before it may be had. */
  get closeCode(): number | undefined {
    return this.#closed?.code;
  }

  /** @param hasMessages messages wait for the application */
  shift(hasMessages: boolean): ConnectionEvent | undefined {
    const event = this.#events.shift();
    if (event !== undefined || hasMessages) return event;
    if (this.#end === 'due') {
      this.#end = 'told';
      return { type: 'end' };
    }
    if (this.#isClosedTold) return undefined;
    this.#isClosedTold = this.#closed !== undefined;
    return this.#closed;
  }
}
