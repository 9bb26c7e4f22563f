/** Events of reliable UDP in words: what each kind is called, what it means, and the first of each kind with its reason. */
import { type ExplainedPart, part } from './explained.ts';
import type { RudpEvent, RudpReport } from './rudp-model.ts';
import { counted, countText, framesText, timeText } from './words.ts';

export interface RudpEventWord {
  readonly one: string;
  readonly many: string;
  readonly meaning: string;
  readonly isTrouble: boolean;
}

export const RUDP_EVENT_WORDS: Readonly<Record<RudpEvent, RudpEventWord>> = {
  retransmission: {
    one: 'packet with messages that go again',
    many: 'packets with messages that go again',
    meaning: 'their packets were lost, or nobody said that they came; they go in packets of new numbers',
    isTrouble: true,
  },
  spuriousRetransmission: {
    one: 'packet with messages sent again for nothing',
    many: 'packets with messages sent again for nothing',
    meaning: 'they had arrived: the ACK came late',
    isTrouble: true,
  },
  gap: {
    one: 'ACK with a gap',
    many: 'ACKs with a gap',
    meaning: 'later packets have come, and some before them have not yet',
    isTrouble: true,
  },
  recomputed: {
    one: 'repair without asking',
    many: 'repairs without asking',
    meaning: 'what was lost was computed from repair symbols that came anyhow',
    isTrouble: false,
  },
  copy: {
    one: 'packet that came twice',
    many: 'packets that came twice',
    meaning: 'the network, or the capture, shows it once more',
    isTrouble: true,
  },
  repeatedHandshake: {
    one: 'INIT sent again',
    many: 'INITs sent again',
    meaning: 'with the same messages, since the handshake was not answered',
    isTrouble: true,
  },
  pathChallenge: {
    one: 'path challenge',
    many: 'path challenges',
    meaning: 'packets come from a new address, which has to prove that it hears before anything goes there',
    isTrouble: false,
  },
  reset: {
    one: 'RESET',
    many: 'RESETs',
    meaning: 'the other end knows nothing of the connection',
    isTrouble: true,
  },
  damaged: {
    one: 'datagram that cannot be read',
    many: 'datagrams that cannot be read',
    meaning: 'damaged, cut by the snap length, or of another program',
    isTrouble: true,
  },
};

/** Frame numbers that a line has room for. */
const MOST_FRAMES = 6;

export function rudpEventParts(report: RudpReport): ExplainedPart[] {
  const { eventCounts, events, sides } = report;
  const lost = sides[0].lostAfter + sides[1].lostAfter;
  const silent = sides[0].unacknowledged + sides[1].unacknowledged;
  const lines = [
    ...(lost === 0
      ? []
      : [
          `${counted(lost, 'packet')} that the capture has never arrived (client ${countText(sides[0].lostAfter)}, server ${countText(sides[1].lostAfter)}): later ones were acknowledged, these were not.`,
        ]),
    ...eventCounts.map(({ kind, count }) => {
      const word = RUDP_EVENT_WORDS[kind];
      const own = events.filter(event => event.kind === kind);
      const frames = own.map(({ frame }) => frame);
      const first = own[0];
      const where =
        frames.length === 0
          ? ''
          : frames.length < count
            ? ` (first ${framesText(frames.slice(0, MOST_FRAMES), MOST_FRAMES)})`
            : ` (${framesText(frames, MOST_FRAMES)})`;
      const reason =
        first === undefined ? '' : ` Frame ${first.frame}, at ${timeText(first.timeNs)}: ${first.reason}.`;
      return `${counted(count, word.one, word.many)}${where}: ${word.meaning}.${reason}`;
    }),
    ...(silent === 0
      ? []
      : [
          `${counted(silent, 'message')} or pieces of messages that nobody has acknowledged at the end of the capture.`,
        ]),
  ];
  if (lines.length === 0) {
    const hasMessages = sides.some(({ messages }) => messages > 0);
    return part('events', hasMessages ? ['none: nothing was lost, repeated or overtaken'] : [], 'good');
  }
  const isTrouble = lost > 0 || eventCounts.some(({ kind }) => RUDP_EVENT_WORDS[kind].isTrouble);
  return part('events', lines, isTrouble ? 'bad' : 'note');
}
