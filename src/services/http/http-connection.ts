/**
 * One connection of the file server: its requests in order, one at a time, and the time it has for the next one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { SocketDuplex } from '../../socket/duplex.ts';
import type { Conversation } from '../service.ts';
import { HEAD_WITHIN_MS, MOST_PIPELINED, MOST_REQUESTS } from './limits.ts';

/** Answers a request; never rejects. */
export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  conversation: Conversation,
) => Promise<void>;

export class HttpConnection {
  readonly #duplex: SocketDuplex;
  readonly #conversation: Conversation;
  readonly #answer: Answer;
  /** Ends with the last answer that was begun. */
  #turn: Promise<void> = Promise.resolve();
  /** Requests that are not answered yet. */
  #waiting = 0;
  #taken = 0;
  /** After this request no other one is answered. */
  #hasLast = false;
  #isRefused = false;
  #headTimer: NodeJS.Timeout | undefined;

  constructor(duplex: SocketDuplex, conversation: Conversation, answer: Answer) {
    this.#duplex = duplex;
    this.#conversation = conversation;
    this.#answer = answer;
    this.#expectHead();
  }

  /** Takes a request; requests that the client sends without waiting are answered one after the other. */
  take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#hasLast) return;
    clearTimeout(this.#headTimer);
    // A body means nothing here. It is not read to its end, so nothing can follow it.
    this.#hasLast = hasBody(request) || ++this.#taken === MOST_REQUESTS;
    if (this.#hasLast) response.setHeader('Connection', 'close');
    request.resume();
    if (!this.#conversation.takes()) {
      this.#refuse(503, 'the server has answered as many requests as it was to');
      return;
    }
    this.#waiting++;
    if (this.#waiting >= MOST_PIPELINED) this.#duplex.pause();
    this.#turn = this.#turn.then(async () => {
      if (!response.destroyed && !this.#duplex.destroyed) {
        await this.#answer(request, response, this.#conversation);
      }
      if (this.#waiting-- >= MOST_PIPELINED && !this.#isRefused) this.#duplex.resume();
      if (this.#waiting === 0) this.#expectHead();
    });
  }

  /** What came is no request: says so after the answers that are due, and ends the connection. */
  reject(status: number, reason: string): void {
    if (!this.#isRefused) this.#conversation.complain(reason);
    this.#refuse(status, reason);
  }

  /** The connection is gone: resolves when no file of an answer is open any more. */
  end(): Promise<void> {
    clearTimeout(this.#headTimer);
    return this.#turn;
  }

  #refuse(status: number, reason: string): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    clearTimeout(this.#headTimer);
    this.#conversation.reason = reason;
    // What follows what cannot be read cannot be read either.
    this.#duplex.pause();
    this.#turn = this.#turn.then(() => {
      if (this.#duplex.writable) this.#duplex.write(rawAnswer(status, reason));
      this.#duplex.destroySoon();
    });
  }

  /** Idle connections end sooner; this is for a client that sends a head byte by byte. */
  #expectHead(): void {
    if (this.#duplex.destroyed || this.#isRefused) return;
    this.#headTimer = setTimeout(
      () => this.#refuse(408, `no request came within ${HEAD_WITHIN_MS / 1_000} s`),
      HEAD_WITHIN_MS,
    ).unref();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** An answer without Node.js's help, for what is no request, or no connection yet. */
export function rawAnswer(status: number, reason: string): string {
  const body = `${status} ${STATUS_CODES[status]}: ${reason}\n`;
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nServer: sensewire\r\nDate: ${new Date().toUTCString()}\r\n` +
    `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
    `Connection: close\r\n\r\n${body}`
  );
}
