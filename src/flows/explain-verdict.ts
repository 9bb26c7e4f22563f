/**
 * The reason of each event of a segment in a sentence: which rule fired, with its numbers. Sequence numbers are relative, as
 * Wireshark shows them.
 */
import { TCP_EVENT, type TcpEvent } from './tcp-events.ts';
import { REASON, type TcpVerdict } from './tcp-verdict.ts';

export interface Explanation {
  readonly event: TcpEvent;
  readonly text: string;
}

type Numbers = Record<keyof typeof REASON, number>;

/** What the sentences are made of. */
interface Told extends Numbers {
  /** Relative: where the data begin and end, what was expected, and what is acknowledged. */
  readonly from: number;
  readonly to: number;
  readonly next: number;
  readonly ack: number;
  /** Relative: what the peer had acknowledged of this side's data. */
  readonly had: number;
}

const SENTENCES: Readonly<Record<TcpEvent, (told: Told) => string>> = {
  retransmission: told =>
    `It starts at ${told.from}, but ${frame(told.expectedFrame)} had already brought the stream to ${told.next}; it comes ` +
    `${time(told.sinceWaitingNs)} after ${frame(told.waitingFrame)}, the oldest segment that waits for its ACK.`,
  fastRetransmission: told =>
    told.had === told.from
      ? `The receiver asked for ${told.had} in ${times(told.duplicates)} after ${frame(told.acknowledgedFrame)}, the ` +
        `last time ${time(told.sinceAcknowledgedNs)} before.`
      : `The receiver asked for ${told.had} in ${times(told.duplicates)} after ${frame(told.acknowledgedFrame)}, and told ` +
        `with SACK that it had data after a gap, the last time ${time(told.sinceAcknowledgedNs)} before.`,
  spuriousRetransmission: told =>
    `The receiver had acknowledged everything up to ${told.had} in ${frame(told.acknowledgedFrame)}; these bytes, ` +
    `${told.from} to ${told.to}, were sent for nothing.`,
  outOfOrder: told =>
    `It starts at ${told.from}, though ${frame(told.expectedFrame)} had brought the stream to ${told.next}; as it comes ` +
    `within ${time(told.reorderingNs)}, it was overtaken on its way rather than sent again.`,
  duplicateAck: told =>
    `It asks for ${told.ack} as ${frame(told.duplicateFrame)} did, with nothing new: duplicate ${told.duplicateNumber}.`,
  lostSegment: told =>
    `The capture lacks ${bytes((told.from - told.next) >>> 0)} before it: ${told.next} was expected after ` +
    `${frame(told.expectedFrame)}, ${told.from} came.`,
  ackedUnseen: told =>
    `It acknowledges up to ${told.ack}, but the capture has the other side's data without a gap only up to ` +
    `${(told.peerKnown - told.peerBase) >>> 0}.`,
  zeroWindow: () => 'Its receive window is 0: the other side has to wait.',
  zeroWindowProbe: told =>
    `One byte, ${told.from}, although the other side's window is 0: it asks whether there is room again.`,
  zeroWindowProbeAck: () => "It answers the probe of the other side: the window's size is still 0.",
  keepAlive: told =>
    `It starts at ${told.from}, one before ${told.next}, which is expected: it asks whether the other side is still there.`,
  keepAliveAck: told => `It answers the keep-alive of the other side: still ${told.ack} is expected.`,
  windowUpdate: told =>
    `Only the receive window is new: ${bytes(told.window)}, ${told.previousWindow} before.`,
  windowFull: told =>
    `It fills the other side's receive window of ${bytes(told.peerWindow)} up to ${told.to + 1}: no more may be sent.`,
  reusedPorts: () =>
    'A SYN with another initial sequence number between the same addresses and ports: another connection.',
};

const EVENTS = Object.keys(TCP_EVENT) as TcpEvent[];

/**
 * Explains events that were kept.
 * @param events bits of TCP_EVENT
 * @param reason the numbers of the verdict that had them, or a copy
 */
export function explainEvents(events: number, reason: Float64Array): Explanation[] {
  const told = tell(reason);
  const isPlain = (events & (TCP_EVENT.fastRetransmission | TCP_EVENT.spuriousRetransmission)) === 0;
  return EVENTS.filter(event => (events & TCP_EVENT[event]) !== 0)
    .filter(event => isPlain || event !== 'retransmission')
    .map(event => ({ event, text: SENTENCES[event](told) }));
}

/** Explains the events of a verdict, in the order of Wireshark's fields; nothing where it has none. */
export function explainVerdict(verdict: TcpVerdict): Explanation[] {
  return explainEvents(verdict.events, verdict.reason);
}

function tell(reason: Float64Array): Told {
  const numbers = Object.fromEntries(
    Object.entries(REASON).map(([name, index]) => [name, reason[index] as number]),
  ) as Numbers;
  const from = (numbers.sequence - numbers.base) >>> 0;
  return {
    ...numbers,
    from,
    to: (from + Math.max(1, numbers.length) - 1) >>> 0,
    next: (numbers.expected - numbers.base) >>> 0,
    ack: (numbers.acknowledgment - numbers.peerBase) >>> 0,
    had: (numbers.acknowledged - numbers.base) >>> 0,
  };
}

function frame(number: number): string {
  return number === 0 ? 'a frame before' : `frame ${number}`;
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

function times(count: number): string {
  return count < 0 ? 'several duplicate ACKs' : `${count} duplicate ACK${count === 1 ? '' : 's'}`;
}

/** With three digits, in the unit that fits. */
function time(ns: number): string {
  const size = Math.abs(ns);
  const [unit, each] =
    size >= 1e9 ? ['s', 1e9] : size >= 1e6 ? ['ms', 1e6] : size >= 1e3 ? ['µs', 1e3] : ['ns', 1];
  const value = ns / (each as number);
  return `${size >= 1e12 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
}
