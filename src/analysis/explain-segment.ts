/**
 * What one segment is for, in a few words: what a student asks at each arrow of a ladder.
 */
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Segment } from './conversation-segment.ts';
import { bytesText, timeText } from './words.ts';

/** What is known of the connection before a segment. */
export interface Progress {
  /** SYN+ACK was seen, and the ACK of it was. */
  readonly isAnswered: boolean;
  readonly isOpen: boolean;
  /** A FIN of the client, of the server was seen. */
  readonly fins: readonly [boolean, boolean];
  /** What PSH is for has been said often enough. */
  readonly isPushKnown: boolean;
}

const SENT_AGAIN: number = TCP_EVENT.retransmission;

export function noteOf(segment: Segment, progress: Progress): string {
  const { flags } = segment;
  if ((flags & TCP_FLAG.rst) !== 0) return noteOfReset(segment, progress);
  if ((flags & TCP_FLAG.syn) !== 0) return noteOfSyn(segment);
  const event = noteOfEvent(segment);
  if (event !== undefined) return event;
  const parts = [
    ...(segment.payload > 0 ? [noteOfData(segment, progress)] : []),
    ...((flags & TCP_FLAG.fin) !== 0 ? [noteOfFin(segment, progress)] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : noteOfAck(segment, progress);
}

function noteOfSyn({ flags, rawSequence, events }: Segment): string {
  if ((events & SENT_AGAIN) !== 0) return 'the same SYN again: nobody had answered';
  return (flags & TCP_FLAG.ack) === 0
    ? `may we talk? My bytes count from ${rawSequence}`
    : `yes; mine count from ${rawSequence}`;
}

function noteOfReset({ flags }: Segment, { isAnswered }: Progress): string {
  if (isAnswered) return 'ends it at once: what was not delivered is thrown away';
  return (flags & TCP_FLAG.ack) === 0 ? 'ends it at once' : 'no: nobody listens on that port';
}

function noteOfEvent({ events, sequence, payload, window }: Segment): string | undefined {
  if ((events & TCP_EVENT.spuriousRetransmission) !== 0) return 'sent again, though it had arrived';
  if ((events & TCP_EVENT.fastRetransmission) !== 0) {
    return `bytes ${range(sequence, payload)} again, because duplicate ACKs asked for them`;
  }
  if ((events & SENT_AGAIN) !== 0) return `bytes ${range(sequence, payload)} again: no ACK had come`;
  if ((events & TCP_EVENT.outOfOrder) !== 0) return `bytes ${range(sequence, payload)}, overtaken on the way`;
  if ((events & TCP_EVENT.zeroWindowProbe) !== 0) return 'one byte, to ask whether there is room again';
  if ((events & TCP_EVENT.keepAlive) !== 0) return 'are you still there?';
  if ((events & TCP_EVENT.keepAliveAck) !== 0) return 'yes, still there';
  if ((events & TCP_EVENT.zeroWindow) !== 0) return 'stop: my receive buffer is full';
  if ((events & TCP_EVENT.windowUpdate) !== 0) return `room for ${bytesText(window)} now`;
  if ((events & TCP_EVENT.duplicateAck) !== 0) return 'the same ACK again: something before is missing here';
  return undefined;
}

function noteOfData(
  { flags, sequence, payload, acksFrame, events }: Segment,
  { isPushKnown }: Progress,
): string {
  const lost = (events & TCP_EVENT.lostSegment) !== 0 ? ', after a gap' : '';
  const isPushed = (flags & TCP_FLAG.psh) !== 0;
  const push = isPushKnown
    ? ''
    : isPushed
      ? '; PSH: that is all for now, hand it over'
      : ', more of it follows';
  const ack = acksFrame === 0 ? '' : `, with the ACK of ${acksFrame} on board`;
  return `bytes ${range(sequence, payload)}${lost}${ack}${push}`;
}

function noteOfFin({ side }: Segment, { fins }: Progress): string {
  return fins[side === 0 ? 1 : 0] ? 'FIN: I have sent everything, too' : 'FIN: I have sent everything';
}

function noteOfAck(
  { acknowledgment, acksFrame, rttNs, side }: Segment,
  { isAnswered, isOpen, fins }: Progress,
): string {
  if (isAnswered && !isOpen && side === 0) return 'good: now both know that both hear';
  const peer = side === 0 ? 1 : 0;
  const after =
    acksFrame === 0 ? '' : ` (frame ${acksFrame}), ${rttNs === 0 ? 'at once' : `${timeText(rttNs)} later`}`;
  if (fins[peer] && fins[side]) return `has the FIN${after}: closed`;
  if (fins[peer]) return `has the FIN${after}`;
  return acknowledgment === 0 ? 'no data' : `has everything up to byte ${acknowledgment - 1}${after}`;
}

function range(sequence: number, payload: number): string {
  return payload <= 1 ? `${sequence}` : `${sequence} to ${sequence + payload - 1}`;
}
