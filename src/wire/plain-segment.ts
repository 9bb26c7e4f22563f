/**
 * The short way for frames as nearly all are: a TCP segment in IPv4 in Ethernet II, whole, with no options but timestamps, and
 * neither SYN nor RST. It finds exactly what the walk through the headers finds, in a quarter of the time; whatever is
 * different in a frame takes the long way.
 */
import { type Packet, TRANSPORT } from './packet.ts';
import { TCP_FLAG } from './tcp-header.ts';

/** Ethernet, IPv4 and TCP without options. */
const LEAST_LENGTH = 54;
const IPV4 = 14;
const TCP = 34;
/** EtherType, version and header length of IPv4; the mask leaves the type of service out. */
const IPV4_START = 0x08004500;
const IPV4_START_MASK = 0xffffff00 | 0;
/** More fragments, and the offset. */
const FRAGMENT = 0x3fff;
const PROTOCOL_TCP = 6;
const PLAIN_HEADER = 20;
const TIMESTAMPS_HEADER = 32;
/** No operation twice, timestamps, their length. */
const TIMESTAMPS_START = 0x0101080a;
const SYN_RST: number = TCP_FLAG.syn | TCP_FLAG.rst;

/**
 * Writes the frame into `packet`, or gives false and has written nothing.
 * @param view of `bytes`
 * @param length of the frame, all of which was captured
 */
export function readPlainSegment(
  view: DataView,
  bytes: Uint8Array,
  start: number,
  length: number,
  packet: Packet,
): boolean {
  if (
    length < LEAST_LENGTH ||
    (view.getInt32(start + 12) & IPV4_START_MASK) !== IPV4_START ||
    bytes[start + 23] !== PROTOCOL_TCP ||
    (view.getUint16(start + 20) & FRAGMENT) !== 0
  ) {
    return false;
  }
  const at = start + TCP;
  const end = start + IPV4 + view.getUint16(start + 16);
  const offsetAndFlags = view.getUint16(at + 12);
  const headerLength = (offsetAndFlags >>> 12) << 2;
  const payloadStart = at + headerLength;
  const hasTimestamp = headerLength === TIMESTAMPS_HEADER;
  if (
    (offsetAndFlags & SYN_RST) !== 0 ||
    payloadStart > end ||
    end > start + length ||
    (headerLength !== PLAIN_HEADER && !hasTimestamp) ||
    (hasTimestamp && view.getInt32(at + PLAIN_HEADER) !== TIMESTAMPS_START)
  ) {
    return false;
  }
  if (!packet.isPlain) beginPlain(packet);
  packet.hasLayers = false;
  packet.layerCount = payloadStart < end ? 5 : 4;
  if (packet.bytes !== bytes) {
    packet.bytes = bytes;
    packet.addressBytes = bytes;
    packet.transportBytes = bytes;
  }
  packet.start = start;
  packet.capturedLength = length;
  packet.length = length;
  packet.sourceAddress = start + 26;
  packet.destinationAddress = start + 30;
  packet.sourceIpv4 = view.getUint32(start + 26);
  packet.destinationIpv4 = view.getUint32(start + 30);
  packet.transportEnd = end;
  packet.payloadStart = payloadStart;
  packet.payloadEnd = end;
  const header = packet.tcp;
  const ports = view.getInt32(at);
  header.start = at;
  header.sourcePort = ports >>> 16;
  header.destinationPort = ports & 0xffff;
  header.sequence = view.getUint32(at + 4);
  header.acknowledgment = view.getUint32(at + 8);
  header.headerLength = headerLength;
  header.flags = offsetAndFlags & 0xfff;
  header.window = view.getUint16(at + 14);
  header.urgentPointer = view.getUint16(at + 18);
  header.payloadLength = end - payloadStart;
  header.capturedPayload = end - payloadStart;
  header.hasTimestamp = hasTimestamp;
  if (hasTimestamp) {
    header.timestampValue = view.getUint32(at + 24);
    header.timestampEcho = view.getUint32(at + 28);
  }
  return true;
}

/** What all these frames have in common; written once for a row of them. */
function beginPlain(packet: Packet): void {
  packet.isPlain = true;
  packet.bytes = packet.addressBytes = packet.transportBytes = new Uint8Array(0);
  packet.reassembled.length = 0;
  packet.isFragment = false;
  packet.isMalformed = false;
  packet.isCutShort = false;
  packet.isQuoted = false;
  packet.ipCount = 1;
  packet.family = 4;
  packet.transport = TRANSPORT.tcp;
  packet.outerUdpCount = 0;
  const header = packet.tcp;
  header.mss = -1;
  header.windowScale = -1;
  header.sackPermitted = false;
  header.sackCount = 0;
  header.multipathCount = 0;
  header.badOptions = false;
  header.isWhole = true;
  header.isAnalysed = true;
}
