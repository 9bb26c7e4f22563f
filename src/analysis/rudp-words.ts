/** What a packet of reliable UDP says, in words: what a student asks at each arrow of a ladder. */
import { HAS, type PacketFacts } from './rudp-facts.ts';
import { bytesText, counted, countText, timeText } from './words.ts';

/** What has been said often enough. */
export interface Told {
  /** Messages of our telemetry that the packet completes, in a few words. */
  readonly telemetry: string | undefined;
  readonly isRepairKnown: boolean;
  readonly isAskKnown: boolean;
  /** The same end has said CLOSE before. */
  readonly isCloseKnown: boolean;
}

/** Names of docs/RELIABLE-UDP.md section 11. */
const CLOSE_NAMES: readonly string[] = [
  'done',
  'the peer broke the protocol',
  'ended by the application',
  'idle',
  'the handshake was not answered',
  'numbers used up',
  'overloaded',
];

export function closeText(code: number, reason: string): string {
  const name = CLOSE_NAMES[code] ?? 'an unknown code';
  return `code ${code}: ${name}${reason === '' ? '' : ` (“${reason}”)`}`;
}

/** `0x734995ff`. */
export function idText(id: number): string {
  return `0x${id.toString(16).padStart(8, '0')}`;
}

/** Labels beside an arrow: the kind of the packet, and the frames in it. */
export function labelsOf(facts: PacketFacts): string[] {
  const labels: string[] = [];
  const { kind } = facts;
  if (kind === 'unknown') return ['?'];
  if (kind !== 'numbered' && kind !== 'unnumbered') labels.push(kind);
  if (facts.number >= 0 && kind === 'numbered') labels.push(`#${facts.number}`);
  if (facts.asksNow) labels.push('A');
  for (const [bit, name] of FRAME_NAMES) if (facts.has(bit)) labels.push(name);
  return labels;
}

const FRAME_NAMES: readonly (readonly [number, string])[] = [
  [HAS.ack, 'ACK'],
  [HAS.message, 'MESSAGE'],
  [HAS.repair, 'REPAIR'],
  [HAS.ping, 'PING'],
  [HAS.pathChallenge, 'PATH_CHALLENGE'],
  [HAS.pathResponse, 'PATH_RESPONSE'],
  [HAS.maxData, 'MAX_DATA'],
  [HAS.end, 'END'],
  [HAS.close, 'CLOSE'],
];

export function noteOfPacket(facts: PacketFacts, told: Told): string {
  if (facts.isDamaged) return 'no packet that can be read: it is dropped, and counted';
  const opening = openingText(facts);
  const parts = [
    ...(opening === '' ? [] : [opening]),
    ...(facts.isCopy ? ['the same packet once more: it came twice'] : []),
    ...(facts.has(HAS.message) ? [messagesText(facts, told)] : []),
    ...(facts.has(HAS.ack) ? [ackText(facts)] : []),
    ...(facts.has(HAS.repair) ? [repairText(facts, told)] : []),
    ...otherTexts(facts, told),
    ...(facts.asksNow && !told.isAskKnown ? ['A: acknowledge at once'] : []),
  ];
  return parts.join('; ');
}

function openingText({ kind, hasCookie, clientId, serverId, messages }: PacketFacts): string {
  switch (kind) {
    case 'INIT':
      if (!hasCookie) return `may we talk? I am ${idText(clientId)}`;
      return messages === 0
        ? 'I do hear you: here is the cookie'
        : 'I do hear you: here is the cookie, and data at once';
    case 'RETRY':
      return 'come again with this cookie: it proves that you hear there; until then I keep nothing';
    case 'ACCEPT':
      return `yes; I am ${idText(serverId)}`;
    case 'RESET':
      return 'I know nothing of this connection';
    case 'VERSION':
      return 'I speak other versions of this protocol';
    default:
      return '';
  }
}

function messagesText(facts: PacketFacts, { telemetry }: Told): string {
  const { messages, firstSequence, lastSequence, channel, again, total, offset, messageBytes } = facts;
  const where = channel === 0 ? '' : ` of channel ${channel & 0x3f}`;
  const which =
    messages === 1
      ? `message ${firstSequence}`
      : lastSequence - firstSequence === messages - 1
        ? `messages ${firstSequence} to ${lastSequence}`
        : counted(messages, 'message');
  const piece =
    total === 0
      ? ''
      : `, bytes ${countText(offset)} to ${countText(offset + messageBytes - 1)} of ${countText(total)}`;
  const what = `${which}${where}${messages === 1 ? piece : ''}`;
  if (again === 0) return `${what}${telemetry === undefined ? readingsText(facts) : `: ${telemetry}`}`;
  const some =
    again === messages ? what : `${what}, ${again === 1 ? `${facts.againSequence}` : `${again} of them`}`;
  return `${some} again: ${againText(facts)}`;
}

function readingsText({ readings, sensor }: PacketFacts): string {
  if (readings === 0) return '';
  const of = sensor === '' ? '' : ` of ${sensor}`;
  return readings === 1 ? `, a reading${of}` : `, ${counted(readings, 'reading')}${of}`;
}

/** Why a message goes again. */
export function againText({ againReason, againNumber, againFrame, againAckFrame }: PacketFacts): string {
  const packet = `packet ${againNumber}${againFrame === 0 ? '' : ` (frame ${againFrame})`}`;
  switch (againReason) {
    case 'gap':
      return `${packet} is missing in the ACK of frame ${againAckFrame}, which names later ones`;
    case 'silence':
      return `no ACK has come for ${packet} nor any later one`;
    case 'arrived':
      return `though ${packet} had arrived: the ACK of it comes late, or is lost`;
    case 'handshake':
      return 'the handshake has not been answered yet';
  }
}

function ackText(facts: PacketFacts): string {
  const { ackLargest, ackMissing, ackFirstMissing, ackFrame, ackAfterNs, ackDelayNs, repairedNew, ackNew } =
    facts;
  const missing =
    ackMissing === 0
      ? ''
      : ackMissing === 1
        ? `, but not ${ackFirstMissing}`
        : `, but not ${ackFirstMissing} and ${ackMissing - 1} more`;
  const held = ackDelayNs > 0 ? `, ${timeText(ackDelayNs)} of it held back` : '';
  const after = ackFrame === 0 ? '' : ` (frame ${ackFrame}) after ${timeText(ackAfterNs)}${held}`;
  const repaired =
    repairedNew === 0 ? '' : `; ${counted(repairedNew, 'lost packet')} recomputed from symbols`;
  const has = ackNew === 0 && ackMissing === 0 ? 'has, as said before, packet' : 'has packet';
  return `${has} ${ackLargest}${missing}${after}${repaired}`;
}

function repairText({ repairWindow, number }: PacketFacts, { isRepairKnown }: Told): string {
  const from = Math.max(0, number - repairWindow);
  if (number <= 0) return 'a repair symbol';
  const which = from === number - 1 ? `packet ${from}` : `packets ${from} to ${number - 1}`;
  if (isRepairKnown) return `symbol over ${which}`;
  return from === number - 1
    ? `a repair symbol: if ${which} is lost, it is computed from this`
    : `a repair symbol: if one of ${which} is lost, it is computed from this and the others`;
}

function otherTexts(facts: PacketFacts, { isCloseKnown }: Told): string[] {
  const { padding, length, limit, endMessages, code, reason } = facts;
  return [
    ...(facts.has(HAS.ping)
      ? [
          padding > length / 2 && length > 1_000
            ? `does a datagram of ${bytesText(length)} pass?`
            : 'are you there? Say ACK',
        ]
      : []),
    ...(facts.has(HAS.pathChallenge) ? ['is this address yours? Send these 8 bytes back from there'] : []),
    ...(facts.has(HAS.pathResponse) ? ['it is mine: here are the 8 bytes'] : []),
    ...(facts.has(HAS.maxData) ? [`you may send ${bytesText(limit)} of messages in all`] : []),
    ...(facts.has(HAS.end) ? [`that was all: ${counted(endMessages, 'message')}`] : []),
    ...(facts.has(HAS.close)
      ? [
          isCloseKnown
            ? 'CLOSE once more: the other side may not have heard it'
            : `CLOSE, ${closeText(code, reason)}`,
        ]
      : []),
  ];
}
