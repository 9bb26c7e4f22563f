/**
 * The same text in datagrams, once or many times in a row, each time with its answer, or without one in time.
 */
import { SensewireError } from '../errors/errors.ts';
import type { TalkEnd } from './counters.ts';
import { type DatagramPeer, senderUrl } from './datagram-peer.ts';
import type { ExchangeOptions } from './stream-exchange.ts';

const MOST_UDP_BYTES = 65_535;

/**
 * Sends the text `count` times. One peer answers once to each; to a group all answers are taken until it is quiet. The
 * socket stays open.
 * @throws NetworkError
 */
export async function exchangeOverDatagrams(peer: DatagramPeer, options: ExchangeOptions): Promise<TalkEnd> {
  const { clock, output, counters, text, count, timeoutUs, signal } = options;
  try {
    for (let left = count; left > 0; left--) {
      if (timeoutUs > 0) await takeLate(peer, options);
      const sentUs = clock.monotonicUs();
      await peer.send(text);
      counters.countSent(text);
      await output.sent(text);
      if (timeoutUs === 0) continue;
      const answers = await takeAnswers(peer, sentUs, options);
      if (answers === 0 && peer.reach === 'one') counters.lost++;
      if (signal.aborted) return 'stopped';
    }
    return 'done';
  } catch (error) {
    if (signal.aborted) return 'stopped';
    throw error;
  }
}

async function takeAnswers(peer: DatagramPeer, sentUs: number, options: ExchangeOptions): Promise<number> {
  const { clock, output, counters, timeoutUs, signal } = options;
  const { socket, reach } = peer;
  let answers = 0;
  let untilUs = sentUs + timeoutUs;
  while (reach !== 'one' || answers === 0) {
    // Zero would mean not to wait at all.
    socket.settimeout(Math.max(1, untilUs - clock.monotonicUs()) / 1e6);
    const received = await orQuiet(socket.recvfrom(MOST_UDP_BYTES, { signal }));
    if (received === undefined) break;
    const [bytes, from] = received;
    const nowUs = clock.monotonicUs();
    answers++;
    untilUs = nowUs + timeoutUs;
    counters.countReceived(bytes);
    counters.roundTripUs.record(nowUs - sentUs);
    await output.message(bytes, {
      roundTripUs: nowUs - sentUs,
      ...(reach !== 'one' && { from: senderUrl(from) }),
    });
  }
  return answers;
}

/** What came after its time must not be taken for the answer to the next text. */
async function takeLate(
  { socket }: DatagramPeer,
  { output, counters, signal }: ExchangeOptions,
): Promise<void> {
  socket.settimeout(0);
  for (;;) {
    const received = await orQuiet(socket.recvfrom(MOST_UDP_BYTES, { signal }));
    if (received === undefined) return;
    counters.countReceived(received[0]);
    counters.late++;
    await output.message(received[0]);
  }
}

async function orQuiet<T>(receiving: Promise<T>): Promise<T | undefined> {
  try {
    return await receiving;
  } catch (error) {
    if (error instanceof SensewireError && error.code === 'SW_TIMEOUT') return undefined;
    throw error;
  }
}
