/**
 * The same text over a stream, once or many times in a row, each time with its answer.
 *
 * A stream has no messages, so an answer is what servers of the classic kind send: as many bytes as the text has (echo,
 * upper), or a line, or whatever has come when the server closes or says no more for a while.
 */
import { SensewireError } from '../errors/errors.ts';
import { SHUT_WR } from '../socket/constants.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { Clock } from '../time/clock.ts';
import type { TalkCounters, TalkEnd } from './counters.ts';
import type { TalkOutput } from './ports.ts';

const PIECE_BYTES = 65_536;
const LF = 0x0a;

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly output: TalkOutput;
  readonly counters: TalkCounters;
  readonly text: Uint8Array;
  /** How often it is sent. */
  readonly count: number;
  /** How long to wait for the next piece of an answer; 0: answers are not waited for. */
  readonly timeoutUs: number;
  readonly signal: AbortSignal;
}

export interface StreamExchangeOptions extends ExchangeOptions {
  /** After the last text, shut the sending half and read until the server closes. */
  readonly halfClose: boolean;
}

/**
 * Sends the text `count` times; ends early where the server closes. The socket stays open.
 * @throws NetworkError
 */
export async function exchangeOverStream(
  socket: StreamSocket,
  options: StreamExchangeOptions,
): Promise<TalkEnd> {
  const { text, count, timeoutUs, signal } = options;
  if (timeoutUs > 0) socket.settimeout(timeoutUs / 1e6);
  try {
    for (let left = count; left > 0; left--) {
      const atUs = options.clock.monotonicUs();
      options.counters.unsentBytes = text.length;
      await socket.sendall(text, { signal });
      options.counters.unsentBytes = 0;
      options.counters.countSent(text);
      await options.output.sent(text);
      if (left === 1 && options.halfClose) {
        socket.shutdown(SHUT_WR);
        return await readRest(socket, atUs, options);
      }
      if (timeoutUs > 0 && !(await exchange(socket, atUs, options))) return 'closed';
    }
    return 'done';
  } catch (error) {
    if (signal.aborted) return 'stopped';
    throw error;
  }
}

/** Takes one answer. False where the server closed. */
async function exchange(
  socket: StreamSocket,
  sentUs: number,
  { clock, output, counters, text, signal }: StreamExchangeOptions,
): Promise<boolean> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let atUs = sentUs;
  let ended: 'closed' | 'quiet' | undefined;
  while (ended === undefined && !isWhole(pieces.at(-1), bytes, text)) {
    const piece = await nextPiece(socket, signal);
    if (typeof piece === 'string') {
      ended = piece;
    } else {
      pieces.push(piece);
      bytes += piece.length;
      atUs = clock.monotonicUs();
    }
  }
  if (bytes > 0) {
    const answer = Buffer.concat(pieces);
    const roundTripUs = atUs - sentUs;
    counters.countReceived(answer);
    counters.roundTripUs.record(roundTripUs);
    await output.message(answer, { roundTripUs });
  } else if (ended === 'quiet') counters.lost++;
  return ended !== 'closed';
}

/** Whether an answer of so many bytes, with this piece as its last, needs no more. */
function isWhole(last: Uint8Array | undefined, bytes: number, text: Uint8Array): boolean {
  if (last === undefined) return false;
  // A text with a line's end in it may come back in lines, so there a line is not the whole answer.
  return bytes >= text.length || (last.at(-1) === LF && !text.includes(LF));
}

/** Everything until the server closes, as it comes. */
async function readRest(
  socket: StreamSocket,
  sentUs: number,
  { clock, output, counters, signal }: StreamExchangeOptions,
): Promise<TalkEnd> {
  let bytes = 0;
  for (;;) {
    const piece = await nextPiece(socket, signal);
    if (typeof piece === 'string') {
      if (bytes > 0) counters.received++;
      else counters.lost++;
      await output.endOfPieces(true);
      return piece;
    }
    if (bytes === 0) counters.roundTripUs.record(clock.monotonicUs() - sentUs);
    bytes += piece.length;
    counters.receivedBytes += piece.length;
    await output.piece(piece);
  }
}

async function nextPiece(socket: StreamSocket, signal: AbortSignal): Promise<Buffer | 'closed' | 'quiet'> {
  try {
    const piece = await socket.recv(PIECE_BYTES, { signal });
    return piece.length === 0 ? 'closed' : piece;
  } catch (error) {
    if (error instanceof SensewireError && error.code === 'SW_TIMEOUT') return 'quiet';
    throw error;
  }
}
