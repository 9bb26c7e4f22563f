/** Events in words: what each kind is called, whether it is trouble, and the first of each kind with its reason. */
import type { TcpEvent } from '../flows/tcp-events.ts';
import { type ExplainedPart, part } from './explained.ts';
import type { EventReport, TcpReport } from './model.ts';
import { counted, framesText, percentText, timeText } from './words.ts';

export interface EventWord {
  readonly one: string;
  readonly many: string;
  /** What it means, once. */
  readonly meaning: string;
  readonly isTrouble: boolean;
}

export const EVENT_WORDS: Readonly<Record<TcpEvent, EventWord>> = {
  retransmission: {
    one: 'retransmission',
    many: 'retransmissions',
    meaning: 'the same bytes were sent again, because no ACK came in time',
    isTrouble: true,
  },
  fastRetransmission: {
    one: 'fast retransmission',
    many: 'fast retransmissions',
    meaning: 'sent again at once, because duplicate ACKs said what is missing',
    isTrouble: true,
  },
  spuriousRetransmission: {
    one: 'spurious retransmission',
    many: 'spurious retransmissions',
    meaning: 'sent again although it had arrived: the ACK came late or was lost',
    isTrouble: true,
  },
  outOfOrder: {
    one: 'segment out of order',
    many: 'segments out of order',
    meaning: 'overtaken on the way; the receiver puts it in its place',
    isTrouble: true,
  },
  duplicateAck: {
    one: 'duplicate ACK',
    many: 'duplicate ACKs',
    meaning: 'the receiver says again what it waits for, because something else arrived',
    isTrouble: true,
  },
  lostSegment: {
    one: 'gap',
    many: 'gaps',
    meaning: 'a segment before it is not in the capture: lost on the way, or by the capture',
    isTrouble: true,
  },
  ackedUnseen: {
    one: 'ACK of unseen data',
    many: 'ACKs of unseen data',
    meaning: 'the receiver has what the capture has not: the capture lost it, not the network',
    isTrouble: true,
  },
  zeroWindow: {
    one: 'zero window',
    many: 'zero windows',
    meaning: 'the receiving program does not read, its buffer is full',
    isTrouble: true,
  },
  zeroWindowProbe: {
    one: 'window probe',
    many: 'window probes',
    meaning: 'one byte, to hear whether there is room again',
    isTrouble: false,
  },
  zeroWindowProbeAck: {
    one: 'answer to a window probe',
    many: 'answers to window probes',
    meaning: 'still no room',
    isTrouble: false,
  },
  keepAlive: {
    one: 'keep-alive',
    many: 'keep-alives',
    meaning: 'nothing to send for long: is the other side still there?',
    isTrouble: false,
  },
  keepAliveAck: {
    one: 'answer to a keep-alive',
    many: 'answers to keep-alives',
    meaning: 'yes, it is',
    isTrouble: false,
  },
  windowUpdate: {
    one: 'window update',
    many: 'window updates',
    meaning: 'the receiving program has read, there is more room',
    isTrouble: false,
  },
  windowFull: {
    one: 'full window',
    many: 'full windows',
    meaning: 'as much is under way as the receiver allows; the sender waits',
    isTrouble: true,
  },
  reusedPorts: {
    one: 'port used again',
    many: 'ports used again',
    meaning: 'an earlier connection had the same addresses and ports',
    isTrouble: false,
  },
};

/** Frame numbers that a line has room for. */
const MOST_FRAMES = 6;

export function eventParts(report: TcpReport): ExplainedPart[] {
  const { eventCounts, events } = report;
  const counts = eventCounts.filter(({ kind }) => !(kind === 'retransmission' && isCoveredBySpecial(report)));
  if (counts.length === 0) {
    const hasData = report.sides.some(({ dataPackets }) => dataPackets > 0);
    return part(
      'events',
      hasData ? ['none: nothing was lost, repeated, overtaken or held back'] : [],
      'good',
    );
  }
  const lines = counts.map(({ kind, count }) => {
    const word = EVENT_WORDS[kind];
    const own = events.filter(({ kinds }) => kinds.includes(kind));
    const frames = own.map(({ frame }) => frame);
    const where =
      frames.length === 0 ? '' : ` (${frames.length < count ? 'first ' : ''}${framesOf(frames, count)})`;
    return `${counted(generalCount(report, kind, count), word.one, word.many)}${where}: ${ended(meaningOf(report, kind, own))}${reasonOf(own)}`;
  });
  const isTrouble = counts.some(({ kind }) => EVENT_WORDS[kind].isTrouble);
  return part('events', [...repeated(report), ...lines], isTrouble ? 'bad' : 'note');
}

/** Who closes its window after the peer's FIN holds nobody back. */
function meaningOf({ close }: TcpReport, kind: TcpEvent, events: readonly EventReport[]): string {
  const { clientFin, serverFin } = close;
  const isLate = events.every(({ from, frame }) => {
    const fin = from === 'client' ? serverFin : clientFin;
    return fin !== null && frame > fin;
  });
  return kind === 'zeroWindow' && events.length > 0 && isLate
    ? 'after the FIN of the other side: nothing more is to come, and nobody is held back'
    : EVENT_WORDS[kind].meaning;
}

function ended(sentence: string): string {
  return sentence.endsWith('?') ? sentence : `${sentence}.`;
}

function framesOf(frames: readonly number[], count: number): string {
  if (frames.length < count) return framesText(frames.slice(0, MOST_FRAMES), MOST_FRAMES);
  return framesText(frames, MOST_FRAMES);
}

/** Fast and spurious ones count as retransmissions, too; each is told once. */
function generalCount(report: TcpReport, kind: TcpEvent, count: number): number {
  return kind === 'retransmission' ? count - specialCount(report) : count;
}

function specialCount({ eventCounts }: TcpReport): number {
  return eventCounts
    .filter(({ kind }) => kind === 'fastRetransmission' || kind === 'spuriousRetransmission')
    .reduce((sum, { count }) => sum + count, 0);
}

function isCoveredBySpecial(report: TcpReport): boolean {
  const all = report.eventCounts.find(({ kind }) => kind === 'retransmission')?.count ?? 0;
  return all === specialCount(report);
}

/** The first of them, with its numbers. */
function reasonOf(events: readonly EventReport[]): string {
  const first = events.find(({ reason }) => reason !== '');
  return first === undefined ? '' : ` Frame ${first.frame}, at ${timeText(first.timeNs)}: ${first.reason}`;
}

function repeated({ sides }: TcpReport): string[] {
  const bytes = sides[0].repeatedBytes + sides[1].repeatedBytes;
  const all = sides[0].payloadBytes + sides[1].payloadBytes;
  if (bytes === 0) return [];
  return [`${percentText(bytes / all)} of the payload went twice (${counted(bytes, 'byte')}).`];
}
