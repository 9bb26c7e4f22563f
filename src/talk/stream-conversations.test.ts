/**
 * Conversations over real sockets with servers that behave in every way; time moves by hand.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock/system-clock.ts';
import { connectSocket } from '../socket/dial.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { CancelTimer } from '../time/clock.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { TalkCounters, type TalkEnd } from './counters.ts';
import { LineInput, PieceInput } from './input.ts';
import type { TalkOutput } from './ports.ts';
import { exchangeOverStream, type StreamExchangeOptions } from './stream-exchange.ts';
import { type StreamTalkOptions, talkOverStream } from './stream-talk.ts';

const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

/** A server that does this with each connection, and a socket to it. */
async function connectTo(serve: (socket: Socket) => void): Promise<StreamSocket> {
  const server: Server = createServer({ allowHalfOpen: true }, socket => {
    ending.push(() => socket.destroy());
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const socket = await connectSocket({ transport: 'tcp', host: '127.0.0.1', port });
  ending.push(() => socket.close());
  return socket;
}

/** Keeps what came. */
class Heard implements TalkOutput {
  readonly pieces: Buffer[] = [];
  readonly messages: string[] = [];
  #onPiece: () => void = () => undefined;

  get text(): string {
    return Buffer.concat(this.pieces).toString();
  }

  /** Resolves when this text has come. */
  until(text: string): Promise<void> {
    return new Promise(resolve => {
      this.#onPiece = () => {
        if (this.text === text) resolve();
      };
      this.#onPiece();
    });
  }

  piece(bytes: Uint8Array): undefined {
    this.pieces.push(Buffer.from(bytes));
    this.#onPiece();
  }

  message(bytes: Uint8Array): undefined {
    this.messages.push(Buffer.from(bytes).toString());
  }

  endOfPieces(): undefined {}

  sent(): undefined {}
}

/** A clock of which each timer can be waited for. */
class WatchedClock extends ManualClock {
  #onTimer: () => void = () => undefined;

  override setTimer(atUs: number, callback: () => void): CancelTimer {
    const cancel = super.setTimer(atUs, callback);
    this.#onTimer();
    return cancel;
  }

  /** Waits until a timer is set, and moves to it. */
  async passTimer(): Promise<void> {
    if (this.nextTimerUs() === undefined) {
      await new Promise<void>(resolve => {
        this.#onTimer = resolve;
      });
    }
    this.advanceTo(this.nextTimerUs() as number);
  }

  /** Moves to each timer as it is set. */
  async passTimers(): Promise<never> {
    for (;;) await this.passTimer();
  }
}

describe('talkOverStream', () => {
  interface Talk {
    readonly heard: Heard;
    readonly input: PassThrough;
    readonly clock: WatchedClock;
    readonly counters: TalkCounters;
    readonly stop: AbortController;
    readonly end: Promise<TalkEnd>;
  }

  function talk(socket: StreamSocket, given: Partial<StreamTalkOptions> = {}, lines = false): Talk {
    const heard = new Heard();
    const input = new PassThrough();
    const clock = new WatchedClock();
    const counters = new TalkCounters();
    const stop = new AbortController();
    const end = talkOverStream(socket, {
      clock,
      input: lines
        ? new LineInput(input, { eol: '\n', mostBytes: 100, endLeaves: true })
        : new PieceInput(input),
      output: heard,
      counters,
      halfClose: true,
      quietUs: undefined,
      idleUs: 1_000,
      signal: stop.signal,
      ...given,
    });
    return { heard, input, clock, counters, stop, end };
  }

  const echo = (socket: Socket): void => void socket.pipe(socket);

  it('sends all of its input, shuts the sending half, and reads the rest', async () => {
    const { input, end, heard, counters } = talk(await connectTo(echo));
    input.end('all of it');
    expect(await end).toBe('closed');
    expect(heard.text).toBe('all of it');
    expect([counters.sentBytes, counters.receivedBytes]).toEqual([9, 9]);
  });

  it('gives answers while the input is open, and leaves at the word for it without waiting', async () => {
    const { input, end, heard } = talk(await connectTo(echo), {}, true);
    input.write('hello\n');
    await heard.until('hello\n');
    input.write('end\n');
    expect(await end).toBe('left');
  });

  it('ends an idle input some time after the server has ended', async () => {
    const { end, heard, clock } = talk(await connectTo(socket => socket.end('Thank you for connecting')));
    await clock.passTimer();
    expect(await end).toBe('closed');
    expect(heard.text).toBe('Thank you for connecting');
  });

  it('goes on sending to a server that has ended only its own half', async () => {
    const received = Promise.withResolvers<string>();
    const socket = await connectTo(peer => {
      peer.end('ready');
      peer.once('data', bytes => received.resolve(String(bytes)));
    });
    const { input, end, heard, clock } = talk(socket);
    await heard.until('ready');
    input.write('one');
    expect(await received.promise).toBe('one');
    // Set by the server's end and by what is sent after it, in whichever order they come.
    void clock.passTimers();
    expect(await end).toBe('closed');
  });

  it('ends when nothing came for long enough after the end of the input', async () => {
    const { input, end, clock, heard } = talk(
      await connectTo(socket => void socket.once('data', () => socket.write('some'))),
      { quietUs: 5_000 },
    );
    input.end('x');
    await heard.until('some');
    await clock.passTimer();
    expect(await end).toBe('quiet');
  });

  it('fails where the server resets the connection, after all that came before', async () => {
    const { input, end, heard } = talk(
      await connectTo(socket => void socket.once('data', () => socket.resetAndDestroy())),
    );
    input.write('x');
    await expect(end).rejects.toMatchObject({ code: 'SW_NETWORK' });
    expect(heard.text).toBe('');
  });

  it('stops at a signal, also while a server that never reads makes it wait', async () => {
    const { input, end, stop } = talk(await connectTo(socket => void socket.pause()));
    // More than the kernel takes for a peer that does not read.
    const piece = Buffer.alloc(2 ** 20);
    while (input.write(piece) || input.writableLength < 64 * piece.length);
    stop.abort();
    expect(await end).toBe('stopped');
  });

  it('fails where the input does', async () => {
    const { input, end, clock } = talk(await connectTo(echo));
    input.destroy(new Error('EIO: i/o error'));
    await clock.passTimer();
    await expect(end).rejects.toMatchObject({ code: 'SW_STORE_FAILED' });
  });
});

describe('exchangeOverStream', () => {
  function exchange(
    socket: StreamSocket,
    given: Partial<StreamExchangeOptions> = {},
  ): { readonly heard: Heard; readonly counters: TalkCounters; readonly end: Promise<TalkEnd> } {
    const heard = new Heard();
    const counters = new TalkCounters();
    const end = exchangeOverStream(socket, {
      clock: systemClock,
      output: heard,
      counters,
      text: Buffer.from('Hello'),
      count: 1,
      timeoutUs: 20_000_000,
      halfClose: false,
      signal: new AbortController().signal,
      ...given,
    });
    return { heard, counters, end };
  }

  it('waits for each answer, whatever the pieces in which it comes', async () => {
    const socket = await connectTo(peer => {
      peer.setNoDelay(true);
      peer.on('data', (bytes: Buffer) => {
        for (const byte of bytes) peer.write(Buffer.of(byte));
      });
    });
    const { end, heard, counters } = exchange(socket, { count: 50 });
    expect(await end).toBe('done');
    expect(heard.messages).toEqual(Array(50).fill('Hello'));
    expect([counters.sent, counters.received, counters.lost, counters.roundTripUs.count]).toEqual([
      50, 50, 0, 50,
    ]);
  });

  it('takes a shorter answer where it is a line', async () => {
    const socket = await connectTo(peer => void peer.on('data', () => peer.write('ok\n')));
    const { end, heard } = exchange(socket, { count: 2 });
    expect([await end, heard.messages]).toEqual(['done', ['ok\n', 'ok\n']]);
  });

  it('counts answers that do not come in time', async () => {
    const { end, counters } = exchange(await connectTo(() => undefined), { count: 2, timeoutUs: 1_000 });
    expect([await end, counters.sent, counters.lost]).toEqual(['done', 2, 2]);
  });

  it('takes what has come when the server closes', async () => {
    const socket = await connectTo(peer => void peer.once('data', () => peer.end('HE')));
    const { end, heard, counters } = exchange(socket, { count: 3 });
    expect([await end, heard.messages, counters.sent]).toEqual(['closed', ['HE'], 1]);
  });

  it('with a half-close reads until the server closes', async () => {
    const socket = await connectTo(peer => {
      peer.on('data', () => undefined);
      peer.on('end', () => peer.end('a long answer, after your end'));
    });
    const { end, heard, counters } = exchange(socket, { halfClose: true });
    expect([await end, heard.text, counters.received]).toEqual([
      'closed',
      'a long answer, after your end',
      1,
    ]);
  });

  it('waits for no answer where none is wanted', async () => {
    const { end, counters } = exchange(await connectTo(() => undefined), { count: 3, timeoutUs: 0 });
    expect([await end, counters.sent, counters.lost]).toEqual(['done', 3, 0]);
  });
});
