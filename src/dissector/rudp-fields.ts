/**
 * Fields of reliable UDP (docs/RELIABLE-UDP.md) as Wireshark shows them.
 *
 * The protocol is `swrudp` here: Wireshark has a `rudp` of its own, another protocol.
 */
import { KIND, MESSAGE_COST_BYTES } from '../rudp/channels.ts';
import { CLOSE_CODE } from '../rudp/connection-events.ts';
import { ACK_REPAIRED, FRAME, MESSAGE, MOST_MESSAGE_BYTES, PACKET, REPAIR, SHORT } from '../rudp/layout.ts';
import { type Field, named, namesOf, type Protocol, type ValueNames } from './fields.ts';

const KINDS: Record<keyof typeof KIND, string> = {
  ordered: 'ordered',
  unordered: 'unordered',
  latestOnly: 'latest only',
};
const CLOSE_CODES: Record<keyof typeof CLOSE_CODE, string> = {
  done: 'done',
  protocol: 'the peer broke the protocol',
  application: 'ended by the application',
  idle: 'idle',
  noAnswer: 'the handshake was not answered',
  numbersUsedUp: 'numbers used up',
  overloaded: 'overloaded',
};
/** A parameter of INIT and ACCEPT, and the range that it may have. */
interface Parameter {
  readonly id: number;
  readonly label: string;
  readonly least: number;
  readonly most: number;
}

const LEAST_MAX_DATA: number = MOST_MESSAGE_BYTES + MESSAGE_COST_BYTES;

/** docs/RELIABLE-UDP.md section 4. */
export const PARAMETERS: readonly Parameter[] = [
  { id: 1, label: 'most acknowledgement delay, ms', least: 0, most: 16_383 },
  { id: 2, label: 'first MAX_DATA', least: LEAST_MAX_DATA, most: Number.MAX_SAFE_INTEGER },
  { id: 3, label: 'idle timeout, ms', least: 0, most: Number.MAX_SAFE_INTEGER },
  { id: 4, label: 'largest datagram', least: 1_200, most: 65_535 },
];

const PARAMETER_NAMES: ValueNames = Object.fromEntries(PARAMETERS.map(({ id, label }) => [id, label]));
export const CLOSE_NAMES: ValueNames = named(CLOSE_CODE, CLOSE_CODES);
export const KIND_NAMES: ValueNames = named(KIND, KINDS);

const { ack, message, repair, ...plainFrames } = FRAME;
const FRAMES: ValueNames = {
  ...namesOf(plainFrames, '_'),
  [`${ack}-${ack | ACK_REPAIRED}`]: 'ACK',
  [`${message}-${message | MESSAGE.channel | MESSAGE.fragment | MESSAGE.length | MESSAGE.chained | MESSAGE.sequence}`]:
    'MESSAGE',
  [`${repair}-${repair | REPAIR.window}`]: 'REPAIR',
  [`${repair | REPAIR.equalLengths}-${repair | REPAIR.equalLengths | REPAIR.window}`]: 'REPAIR',
};

// biome-ignore format: one row a field
const PACKETS: readonly Field[] = [
  { name: 'connection', label: 'Connection', type: 'uint32', generated: true, about: 'Connections of the capture, counted from 0; it stays when an address changes.' },
  { name: 'from_client', label: 'From the client', type: 'bool', generated: true, about: 'The end that sent INIT has sent this packet.' },
  { name: 'type', label: 'Packet', type: 'uint8', hex: true, values: namesOf(PACKET, '_'), about: 'Byte 0 of a long packet.' },
  { name: 'flags', label: 'Flags', type: 'uint8', hex: true, about: 'Byte 0 of a short packet.' },
  { name: 'flags.long', label: 'Long', type: 'bool', mask: SHORT.long, about: 'Not set in a short packet.' },
  { name: 'flags.ask_now', label: 'A, acknowledge at once', type: 'bool', mask: SHORT.askNow, about: 'The sender wants an acknowledgement now.' },
  { name: 'flags.numbered', label: 'N, numbered', type: 'bool', mask: SHORT.numbered, about: 'A packet number follows; the receiver acknowledges it.' },
  { name: 'flags.number_bytes', label: 'Bytes of the packet number − 1', type: 'uint8', mask: SHORT.numberBytes, about: 'How many of its lowest bytes are sent, less one.' },
  { name: 'flags.reserved', label: 'Reserved', type: 'uint8', mask: SHORT.reserved, about: 'Must be 0.' },
  { name: 'receiver', label: 'Connection id of the receiver', type: 'uint32', hex: true, about: "The id that the receiver has chosen; in INIT the client's own." },
  { name: 'number.sent', label: 'Packet number, as sent', type: 'uint32', about: 'Its lowest 1 to 4 bytes.' },
  { name: 'number', label: 'Packet number', type: 'uint64', about: 'The whole number: in INIT as sent, in short packets worked out from those before.' },
  { name: 'number.first_frame', label: 'The same packet came in frame', type: 'framenum', generated: true, about: 'Numbers are never used twice: the network, or somebody, repeated the packet.' },
  { name: 'protected', label: 'Protected part', type: 'uint32', unit: 'bytes', generated: true, about: 'Bytes that repair symbols combine: all frames but ACK, REPAIR and the PADDING at their end.' },
];

// biome-ignore format: one row a field
const HANDSHAKE: readonly Field[] = [
  { name: 'version', label: 'Version', type: 'uint8', about: 'The version of the protocol.' },
  { name: 'nonce', label: 'Nonce', type: 'bytes', about: '8 bytes of INIT that RETRY and VERSION say again.' },
  { name: 'cookie.length', label: 'Length of the cookie', type: 'uint8', unit: 'bytes', about: '0 in the first INIT.' },
  { name: 'cookie', label: 'Cookie', type: 'bytes', about: 'From RETRY, to be said again in INIT: proves the address of the client.' },
  { name: 'parameters.length', label: 'Length of the parameters', type: 'uint8', unit: 'bytes', about: 'Parameters that are not told have their defaults.' },
  { name: 'parameter.id', label: 'Parameter', type: 'uint8', values: PARAMETER_NAMES, about: 'What an end tells of itself.' },
  { name: 'parameter.length', label: 'Length', type: 'uint8', unit: 'bytes', about: 'Bytes of a parameter.' },
  { name: 'parameter.value', label: 'Value', type: 'uint64', about: 'The value of a known parameter.' },
  { name: 'parameter.bytes', label: 'Value', type: 'bytes', about: 'The bytes of an unknown parameter.' },
  { name: 'server', label: 'Connection id of the server', type: 'uint32', hex: true, about: 'What the client writes into its packets from now on.' },
  { name: 'reset_token', label: 'Reset token', type: 'bytes', about: 'Told in ACCEPT: a RESET with it comes from the peer.' },
  { name: 'versions.count', label: 'Versions', type: 'uint8', about: 'How many versions VERSION names.' },
  { name: 'versions.version', label: 'Version', type: 'uint8', about: 'A version that the server speaks.' },
];

// biome-ignore format: one row a field
const FRAME_FIELDS: readonly Field[] = [
  { name: 'frame', label: 'Type', type: 'uint8', hex: true, values: FRAMES, about: 'The type of a frame, with its flags.' },
  { name: 'padding.count', label: 'Bytes of PADDING', type: 'uint32', about: 'How many of them in a row.' },
  { name: 'ack.largest.sent', label: 'Largest number, as sent', type: 'uint32', about: 'Its lowest 4 bytes.' },
  { name: 'ack.largest', label: 'Largest number', type: 'uint64', generated: true, about: 'The largest packet number that was received.' },
  { name: 'ack.delay', label: 'Delay', type: 'uint64', unit: 'µs', about: 'How long ago that was; sent in units of 64 µs.' },
  { name: 'ack.count', label: 'Further ranges', type: 'uint8', about: 'Ranges after the first one, 0 to 31.' },
  { name: 'ack.length', label: 'Length of the range − 1', type: 'uint64', about: 'Numbers that were received without a gap, less one.' },
  { name: 'ack.gap', label: 'Gap − 1', type: 'uint64', about: 'Numbers that are missing between two ranges, less one.' },
  { name: 'ack.from', label: 'From', type: 'uint64', generated: true, about: 'The first number of a range.' },
  { name: 'ack.to', label: 'To', type: 'uint64', generated: true, about: 'The last number of a range.' },
  { name: 'ack.repaired', label: 'Repaired so far', type: 'uint64', about: 'Packets that the receiver has recomputed.' },
  { name: 'ack.frame', label: 'The largest one went in frame', type: 'framenum', generated: true, about: 'The packet that this acknowledges, in the capture.' },
  { name: 'ack.time', label: 'Time since that', type: 'relative_time', generated: true, about: 'From that packet to this acknowledgement, at the place of the capture.' },
  { name: 'path_challenge.data', label: 'Data', type: 'bytes', about: '8 bytes that PATH_RESPONSE has to say again, from the new address.' },
  { name: 'path_response.data', label: 'Data', type: 'bytes', about: 'The 8 bytes of the PATH_CHALLENGE.' },
  { name: 'close.code', label: 'Code', type: 'uint64', values: CLOSE_NAMES, about: 'Why the connection ends.' },
  { name: 'close.reason.length', label: 'Length of the reason', type: 'uint8', unit: 'bytes', about: 'Bytes of the reason.' },
  { name: 'close.reason', label: 'Reason', type: 'string', about: 'The same in words.' },
  { name: 'max_data.limit', label: 'Limit', type: 'uint64', unit: 'bytes', about: 'What messages may cost in all: their bytes, and 16 each.' },
  { name: 'end.messages', label: 'Messages', type: 'uint64', about: 'Channel 0 ends after so many messages.' },
];

// biome-ignore format: one row a field
const MESSAGES: readonly Field[] = [
  { name: 'message.flags.channel', label: 'C, channel', type: 'bool', mask: MESSAGE.channel, about: 'A channel byte follows; otherwise channel 0.' },
  { name: 'message.flags.fragment', label: 'F, fragment', type: 'bool', mask: MESSAGE.fragment, about: 'Offset and total follow.' },
  { name: 'message.flags.length', label: 'L, length', type: 'bool', mask: MESSAGE.length, about: 'A length follows; otherwise the data goes to the end of the packet.' },
  { name: 'message.flags.chained', label: 'D, next number', type: 'bool', mask: MESSAGE.chained, about: 'No sequence number: one more than that of the MESSAGE before.' },
  { name: 'message.flags.sequence', label: 'Bytes of the sequence number − 1', type: 'uint8', mask: MESSAGE.sequence, about: 'How many of its lowest bytes are sent, less one.' },
  { name: 'message.channel', label: 'Channel', type: 'uint8', hex: true, about: 'Kind and id of the channel; it is not sent for channel 0.' },
  { name: 'message.kind', label: 'Kind', type: 'uint8', mask: 0xc0, values: KIND_NAMES, about: 'What the channel promises.' },
  { name: 'message.id', label: 'Id', type: 'uint8', mask: 0x3f, about: 'The id of the channel, 0 to 63.' },
  { name: 'message.sequence.sent', label: 'Sequence number, as sent', type: 'uint32', about: 'Its lowest 1 to 4 bytes.' },
  { name: 'message.sequence', label: 'Sequence number', type: 'uint64', generated: true, about: 'The number of the message in its channel.' },
  { name: 'message.offset', label: 'Offset', type: 'uint64', unit: 'bytes', about: 'Where a fragment stands in its message.' },
  { name: 'message.total', label: 'Total', type: 'uint64', unit: 'bytes', about: 'Bytes of the message that a fragment belongs to.' },
  { name: 'message.length', label: 'Length', type: 'uint64', unit: 'bytes', about: 'Bytes of data that follow, where it is told.' },
  { name: 'message.data', label: 'Data', type: 'bytes', about: 'The message, or the fragment of it.' },
  { name: 'message.first_frame', label: 'Sent before in frame', type: 'framenum', generated: true, about: 'The same message, or fragment, went in another packet before: it was taken for lost.' },
  { name: 'message.fragments', label: 'Put together from fragments', type: 'uint32', generated: true, about: 'The message is whole with this fragment: of how many it was made.' },
  { name: 'repair.equal_lengths', label: 'All as long as the symbol', type: 'bool', mask: REPAIR.equalLengths, about: 'The packets that it covers have equal lengths.' },
  { name: 'repair.window', label: 'Window − 1', type: 'uint8', mask: REPAIR.window, about: 'How many packets before this one the symbol covers, less one.' },
  { name: 'repair.from', label: 'Covers from', type: 'uint64', generated: true, about: 'The first packet that the symbol covers.' },
  { name: 'repair.to', label: 'Covers to', type: 'uint64', generated: true, about: 'The last packet that the symbol covers.' },
  { name: 'repair.symbol', label: 'Symbol', type: 'bytes', about: 'A linear combination of those packets: any one of them can be recomputed from it and the others.' },
];

export const RELIABLE_UDP: Protocol = {
  name: 'swrudp',
  title: 'Sensewire Reliable UDP',
  fields: [
    ...PACKETS,
    ...HANDSHAKE,
    ...FRAME_FIELDS,
    ...MESSAGES,
    {
      name: 'undecoded',
      label: 'Not decoded',
      type: 'bytes',
      about: 'Bytes of another version, or after a mistake.',
    },
  ],
  // biome-ignore format: one row each
  experts: [
    { name: 'malformed', label: 'Malformed packet', group: 'MALFORMED', severity: 'ERROR', about: 'Bytes that docs/RELIABLE-UDP.md does not allow.' },
    { name: 'cut', label: 'Cut short by the capture', group: 'UNDECODED', severity: 'NOTE', about: 'The packet was longer than the snapshot length.' },
    { name: 'again', label: 'Sent again', group: 'SEQUENCE', severity: 'NOTE', about: 'A message was taken for lost and goes again in a new packet.' },
    { name: 'repeated', label: 'The same packet again', group: 'SEQUENCE', severity: 'NOTE', about: 'A packet number that the capture has shown before, in this direction.' },
    { name: 'reset', label: 'RESET', group: 'SEQUENCE', severity: 'WARN', about: 'The sender knows no such connection.' },
    { name: 'close', label: 'CLOSE', group: 'SEQUENCE', severity: 'CHAT', about: 'The connection ends.' },
  ],
};
