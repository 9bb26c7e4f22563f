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
  #isEnding = false;
  #headTimer: NodeJS.Timeout | undefined;
  /** The last of what came: a head ends with an empty line. */
  #tail = '';

  constructor(duplex: SocketDuplex, conversation: Conversation, answer: Answer) {
    this.#duplex = duplex;
    this.#conversation = conversation;
    this.#answer = answer;
    // Bodies do not matter: no request is taken behind one.
    duplex.on('data', (bytes: Buffer) => {
      this.#tail = (this.#tail + bytes.toString('latin1', Math.max(0, bytes.length - 3))).slice(-3);
    });
    conversation.onDismiss = (_why, reason) => this.#dismiss(reason);
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
      if (this.#waiting-- >= MOST_PIPELINED && !this.#isEnding) this.#duplex.resume();
      if (this.#waiting === 0) this.#expectHead();
    });
  }

  /** What came is no request: says so after the answers that are due, and ends the connection. */
  reject(status: number, reason: string): void {
    if (!this.#isEnding) this.#conversation.complain(reason);
    this.#refuse(status, reason);
  }

  /** The connection is gone: resolves when no file of an answer is open any more. */
  end(): Promise<void> {
    clearTimeout(this.#headTimer);
    return this.#turn;
  }

  /**
   * Ends the connection after the answers that are due. Half a request is told why; where none was begun nobody is, since
   * a client would take it for the answer to its next request.
   */
  #dismiss(reason: string): void {
    const isMidHead = this.#tail !== '' && !/\n\r?\n$/.test(this.#tail);
    if (isMidHead && this.#waiting === 0) return this.#refuse(408, `${reason}, and the request is not whole`);
    this.#hasLast = true;
    this.#finish(reason, () => undefined);
  }

  #refuse(status: number, reason: string): void {
    this.#finish(reason, () => {
      if (this.#duplex.writable) this.#duplex.write(rawAnswer(status, reason));
    });
  }

  /** Reads no more, and closes after the answers that are due and the last word. */
  #finish(reason: string, sayLast: () => void): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    clearTimeout(this.#headTimer);
    this.#conversation.reason = reason;
    // What follows what cannot be read cannot be read either.
    this.#duplex.pause();
    this.#turn = this.#turn.then(() => {
      sayLast();
      this.#duplex.destroySoon();
    });
  }

  /** Connections that were served end sooner; this is for a client that sends a head byte by byte, or nothing. */
  #expectHead(): void {
    if (this.#duplex.destroyed || this.#isEnding) return;
    this.#headTimer = setTimeout(
      () => this.#dismiss(`no request came within ${HEAD_WITHIN_MS / 1_000} s`),
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
