/**
 * Datagrams of anybody, as they come.
 */
import type { DatagramSocket } from '../socket/datagram-socket.ts';
import type { TalkCounters, TalkEnd } from './counters.ts';
import { senderUrl } from './datagram-peer.ts';
import type { TalkOutput } from './ports.ts';

export interface ReceiveOptions {
  readonly output: TalkOutput;
  readonly counters: TalkCounters;
  /** End after so many datagrams, or connections; undefined: when the signal says so. */
  readonly count: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Takes datagrams until there are enough. The socket stays open.
 * @param sizeBytes of a datagram at most: what is longer is cut, and counted
 * @throws NetworkError
 */
export async function receiveDatagrams(
  socket: DatagramSocket,
  sizeBytes: number,
  { output, counters, count = Number.POSITIVE_INFINITY, signal }: ReceiveOptions,
): Promise<TalkEnd> {
  try {
    for (let left = count; left > 0; left--) {
      const [bytes, peer] = await socket.recvfrom(sizeBytes, { signal });
      counters.countReceived(bytes);
      await output.message(bytes, { from: senderUrl(peer) });
    }
    return 'done';
  } catch (error) {
    if (signal.aborted) return 'stopped';
    throw error;
  } finally {
    counters.truncated = socket.truncated;
    counters.dropped = socket.dropped;
  }
}
