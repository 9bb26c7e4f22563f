/**
 * The script of one TCP connection: what a client and a server say, in the order in which it passes the capture.
 *
 * The capture is taken near the client. So what was lost behind it is seen twice, and what was lost or overtaken before it
 * is seen late.
 */
import type { SeededRandom } from '../../src/testing/seeded-random.ts';

export const CLIENT = 0;
export const SERVER = 1;
export type Side = typeof CLIENT | typeof SERVER;

export const FLAGS = { syn: 0x02, synAck: 0x12, ack: 0x10, pshAck: 0x18, finAck: 0x11 } as const;

export interface Segment {
  readonly side: Side;
  readonly flags: (typeof FLAGS)[keyof typeof FLAGS];
  readonly sequence: number;
  readonly acknowledgment: number;
  /** Bytes. */
  readonly payload: number;
}

/** What a script gives: a segment, or how long its connection is silent, in microseconds. */
export type Step = Segment | number;

/** Exchanges between handshake and end: with them a connection has some 220 segments. */
const EXCHANGES = 100;
/** How many of the exchanges are something other than data and its ACK. */
const SHARES = { retransmitted: 0.005, reordered: 0.005, lost: 0.005, answered: 0.25 } as const;
const LEAST_PAYLOAD = 12;
const MOST_PAYLOAD = 75;
/** The shortest retransmission timeout of Linux. */
const TIMEOUT_US = 200_000;
/** So much later comes what was overtaken. */
const OVERTAKEN_US = 1_000;

export function* conversation(random: SeededRandom): Generator<Step, void> {
  /** What each side sends next, and what it acknowledges. */
  const next: [number, number] = [random.int(0, 2 ** 32 - 1), random.int(0, 2 ** 32 - 1)];
  const has: [number, number] = [0, 0];
  const size = (): number => random.int(LEAST_PAYLOAD, MOST_PAYLOAD);
  const say = (side: Side, flags: Segment['flags'], payload = 0, sequence = next[side]): Segment => ({
    side,
    flags,
    sequence: sequence >>> 0,
    acknowledgment: has[side] >>> 0,
    payload,
  });
  /** A segment that takes sequence numbers, and is not yet at the other side. */
  const send = (side: Side, flags: Segment['flags'], payload: number, numbers = payload): Segment => {
    const segment = say(side, flags, payload);
    next[side] += numbers;
    return segment;
  };
  const arrived = (side: Side): void => {
    has[side === CLIENT ? SERVER : CLIENT] = next[side];
  };

  yield send(CLIENT, FLAGS.syn, 0, 1);
  arrived(CLIENT);
  yield send(SERVER, FLAGS.synAck, 0, 1);
  arrived(SERVER);
  yield say(CLIENT, FLAGS.ack);
  for (let exchange = 0; exchange < EXCHANGES; exchange++) {
    const dice = random.next();
    const isLost = dice < SHARES.lost;
    const first = size();
    if (isLost || dice < SHARES.lost + SHARES.reordered) {
      // The first one is not seen yet: each that comes after it is answered with the same ACK.
      const sequence = next[CLIENT];
      next[CLIENT] += first;
      for (let later = isLost ? 3 : 1; later > 0; later--) {
        yield send(CLIENT, FLAGS.pshAck, size());
        yield say(SERVER, FLAGS.ack);
      }
      yield isLost ? TIMEOUT_US : OVERTAKEN_US;
      yield say(CLIENT, FLAGS.pshAck, first, sequence);
    } else {
      const data = send(CLIENT, FLAGS.pshAck, first);
      yield data;
      if (dice < SHARES.lost + SHARES.reordered + SHARES.retransmitted) {
        yield TIMEOUT_US;
        yield data;
      }
    }
    arrived(CLIENT);
    if (dice < 1 - SHARES.answered) yield say(SERVER, FLAGS.ack);
    else {
      yield send(SERVER, FLAGS.pshAck, size());
      arrived(SERVER);
      yield say(CLIENT, FLAGS.ack);
    }
  }
  yield send(CLIENT, FLAGS.finAck, 0, 1);
  arrived(CLIENT);
  yield send(SERVER, FLAGS.finAck, 0, 1);
  arrived(SERVER);
  yield say(CLIENT, FLAGS.ack);
}
