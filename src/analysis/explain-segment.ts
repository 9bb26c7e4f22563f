/**
 * What one segment is for, in a few words: what a student asks at each arrow of a ladder.
 */
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { CloseProgress } from './close-progress.ts';
import { ROW_MARK } from './columns-chunk.ts';
import type { Segment } from './conversation-segment.ts';
import { bytesText, timeText } from './words.ts';

/** What is known of the connection before a segment. */
export interface Progress {
  /** SYN+ACK was seen, and the ACK of it was. */
  readonly isAnswered: boolean;
  readonly isOpen: boolean;
  readonly close: CloseProgress;
  /** Relative sequence number behind what the sender's peer has sent, as far as the capture shows. */
  readonly peerEnd: number;
  /** What PSH is for has been said often enough. */
  readonly isPushKnown: boolean;
}

/** Relative numbers from here on are of bytes before the first one that was seen: the capture began later. */
const BEFORE_THE_FIRST: number = 2 ** 31;
const SENT_AGAIN: number = TCP_EVENT.retransmission;

export function noteOf(segment: Segment, progress: Progress): string {
  const { flags } = segment;
  if ((flags & TCP_FLAG.rst) !== 0) return noteOfReset(segment, progress);
  if ((flags & TCP_FLAG.syn) !== 0) return noteOfSyn(segment);
  // To the bit, and at once: no sender is so quick.
  if ((segment.marks & ROW_MARK.copy) !== 0) return 'the frame before once more: the capture saw it twice';
  const event = noteOfEvent(segment, progress);
  if (event !== undefined) return event;
  const parts = [
    ...(segment.payload > 0 ? [noteOfData(segment, progress)] : []),
    ...((flags & TCP_FLAG.fin) !== 0 ? [noteOfFin(segment, progress)] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : noteOfAck(segment, progress);
}

function noteOfSyn({ flags, rawSequence, events, payload }: Segment): string {
  const isAnswer = (flags & TCP_FLAG.ack) !== 0;
  if ((events & SENT_AGAIN) !== 0)
    return isAnswer ? 'the same SYN ACK again: no ACK had come' : 'the same SYN again: nobody had answered';
  // TCP Fast Open (RFC 7413).
  const data = payload === 0 ? '' : `; with ${bytesText(payload)} of data at once`;
  return isAnswer
    ? `yes; mine count from ${rawSequence}${data}`
    : `may we talk? My bytes count from ${rawSequence}${data}`;
}

function noteOfReset({ flags }: Segment, { isAnswered }: Progress): string {
  if (isAnswered) return 'ends it at once: what was not delivered is thrown away';
  return (flags & TCP_FLAG.ack) === 0 ? 'ends it at once' : 'no: nobody listens on that port';
}

function noteOfEvent(segment: Segment, { close, peerEnd }: Progress): string | undefined {
  const { events, window, acknowledgment } = segment;
  if ((events & TCP_EVENT.spuriousRetransmission) !== 0) return 'sent again, though it had arrived';
  if ((events & TCP_EVENT.fastRetransmission) !== 0) {
    return `${contentsOf(segment)} again, because duplicate ACKs asked`;
  }
  if ((events & SENT_AGAIN) !== 0) return `${contentsOf(segment)} again: no ACK had come`;
  if ((events & TCP_EVENT.outOfOrder) !== 0) return `${contentsOf(segment)}, overtaken on the way`;
  if ((events & TCP_EVENT.zeroWindowProbe) !== 0) return 'one byte, to ask whether there is room again';
  if ((events & TCP_EVENT.keepAlive) !== 0) return 'are you still there?';
  if ((events & TCP_EVENT.keepAliveAck) !== 0) return 'yes, still there';
  if ((events & TCP_EVENT.zeroWindow) !== 0) {
    return close.isFinAcknowledged(segment)
      ? 'has the FIN; the window is 0, since nothing more is to come'
      : 'stop: my receive buffer is full';
  }
  if ((events & TCP_EVENT.windowUpdate) !== 0) return `room for ${bytesText(window)} now`;
  if ((events & TCP_EVENT.duplicateAck) !== 0) {
    return ((peerEnd - acknowledgment) | 0) > 0
      ? 'the same ACK again: something before is missing here'
      : 'the same ACK again: what came was here already';
  }
  return undefined;
}

/** What a segment that went again, or late, has in it: a FIN may go alone. */
function contentsOf({ flags, sequence, payload }: Segment): string {
  const bytes = payload === 0 ? '' : `bytes ${range(sequence, payload)}`;
  if ((flags & TCP_FLAG.fin) === 0) return bytes === '' ? 'this' : bytes;
  return bytes === '' ? 'the FIN' : `${bytes} and the FIN`;
}

function noteOfData(segment: Segment, { isPushKnown, close }: Progress): string {
  const { flags, sequence, payload, acksFrame, events } = segment;
  const lost = (events & TCP_EVENT.lostSegment) !== 0 ? ', after a gap' : '';
  const isPushed = (flags & TCP_FLAG.psh) !== 0;
  const push = isPushKnown ? '' : isPushed ? '; PSH: that is all for now, hand it over' : ', more may follow';
  const what = close.bringsAckOfFin(segment) ? `the FIN (${acksFrame})` : acksFrame;
  const ack = acksFrame === 0 ? '' : `, with the ACK of ${what} on board`;
  return `bytes ${range(sequence, payload)}${lost}${ack}${push}`;
}

function noteOfFin(segment: Segment, { close }: Progress): string {
  const has = 'FIN: I have sent everything';
  if (close.isFinAcknowledged(segment)) return `${has}, too`;
  return close.hasFinOfPeer(segment) ? `${has} (the other side’s FIN is not here yet)` : has;
}

function noteOfAck(segment: Segment, { isAnswered, isOpen, close }: Progress): string {
  const { acknowledgment, acksFrame, rttNs, side } = segment;
  if (isAnswered && !isOpen && side === 0) return 'good: now both know that both hear';
  const after =
    acksFrame === 0 ? '' : ` (frame ${acksFrame}), ${rttNs === 0 ? 'at once' : `${timeText(rttNs)} later`}`;
  if (close.isFinAcknowledged(segment)) {
    return `has the FIN${after}${close.isOwnFinAcknowledged(segment) ? ': closed' : ''}`;
  }
  if (acknowledgment === 0) return 'no data';
  const notYet = close.hasFinOfPeer(segment) ? '; the FIN not yet' : '';
  // In a capture that begins later, byte 1 is the first one that is acknowledged there.
  const none = isAnswered ? 'has no data yet' : 'has everything before byte 1';
  const what =
    acknowledgment === 1
      ? none
      : acknowledgment >= BEFORE_THE_FIRST
        ? `has everything but the last ${bytesText(2 ** 32 + 1 - acknowledgment)} before byte 1`
        : `has everything up to byte ${acknowledgment - 1}`;
  return `${what}${after}${notYet}`;
}

function range(sequence: number, payload: number): string {
  return payload <= 1 ? `${sequence}` : `${sequence} to ${sequence + payload - 1}`;
}
